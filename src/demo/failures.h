// What goes wrong, in the words of seven runtimes, with the ids and addresses that vary from one
// occurrence to the next.
#pragma once

#include "demo/activity.h"
#include "demo/random.h"

#include <cstdint>

namespace traceway::demo {

enum class FailureKind : std::uint8_t {
  kNone,
  kNodeUndefinedPrice,   ///< gateway: a recommendation without a price
  kNodeUpstream,         ///< gateway: a service behind it failed
  kNodeCartConflict,     ///< gateway: two tabs, one cart
  kGoStatementTimeout,   ///< orders: the database is slow
  kGoDeadlock,           ///< orders
  kGoNilVoucher,         ///< orders: the broken release
  kJavaProviderTimeout,  ///< payments: the provider is down
  kJavaLedgerConflict,   ///< payments
  kNetConcurrency,       ///< warehouse: two reservations of one article
  kNetNoElements,        ///< warehouse: an article it does not know
  kPhpQuery,             ///< backoffice
  kPhpMemory,            ///< backoffice: a report that is too large
  kPythonSmtp,           ///< worker: the mail server hangs up
  kPythonPrice,          ///< worker: a price list with an empty cell
  kBrowserUndefined,     ///< storefront
  kBrowserChunk          ///< storefront: a page older than the release
};

/// One occurrence; kind must not be kNone.
[[nodiscard]] Failure make_failure(FailureKind kind, Random& random);

}  // namespace traceway::demo
