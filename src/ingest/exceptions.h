// Exceptions from spans and their events: the text, the attributes beside it, the derived id.
// Source: ingest 4.10.
#pragma once

#include "base/bytes.h"
#include "ingest/entities.h"
#include "model/batch.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace traceway::ingest {

/// The text of one exception from the attributes of its event (or span): structured frames, stack
/// text under its header, or the header alone; JavaScript stacks in canonical form. Clean UTF-8, at
/// most 1 MiB, a view into the arena or the body.
[[nodiscard]] std::string_view exception_text(const KnownAttributes& known, bool is_javascript,
                                              Arena& arena);

/// The same of a type, a message and a stack text, any of which may be empty; neither repaired nor
/// cut.
[[nodiscard]] std::string exception_text(std::string_view type, std::string_view message,
                                         std::string_view stack);

/// True for `webjs`, `nodejs`, `javascript`, `typescript` in any case.
[[nodiscard]] bool is_javascript_language(std::string_view language);
/// Languages whose exceptions keep `telemetry.sdk.language` as an attribute: JavaScript, Android,
/// Java, Kotlin.
[[nodiscard]] bool is_kept_language(std::string_view language);
/// A scope that only JavaScript instrumentations have: `@owner/package`, or `next.js`.
[[nodiscard]] bool is_javascript_scope(std::string_view scope_name);

/// Gives exceptions of one request their ids: the same request sent again, or its rows batched
/// anew, yields the same ids. Source: write-pipeline 4.1.
class ExceptionIds {
 public:
  /// Derived from project, trace, time, hash, stack text, and which of several equal ones it is.
  [[nodiscard]] Uuid next(const Uuid& project, const Exception& exception);
  /// Of the exception at `index` of a frame that has an id of its own.
  [[nodiscard]] static Uuid of_frame(const Uuid& project, const Uuid& frame, std::size_t index);

 private:
  std::unordered_map<Uuid, std::uint32_t> equals_;
};

}  // namespace traceway::ingest
