#include "demo/failures.h"

#include <string_view>

namespace traceway::demo {

namespace {

/// `{n}` a number, `{x}` hex digits of an address, `{u}` a UUID, `{i}` an address in the network,
/// `{m}` the message.
struct Template {
  std::string_view type;
  std::string_view message;
  std::string_view stack;
};

constexpr Template kNode[] = {
    {"TypeError", "Cannot read properties of undefined (reading 'price')",
     R"(TypeError: {m}
    at toTile (/app/src/recommendations/tile.js:31:27)
    at Array.map (<anonymous>)
    at listRecommendations (/app/src/recommendations/list.js:58:19)
    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)
    at async handler (/app/src/routes/recommendations.js:17:20))"},
    {"UpstreamError", "POST http://{i}:8080 answered 5xx after 3 attempts (request {u})",
     R"(UpstreamError: {m}
    at failAfterRetries (/app/src/http/upstream.js:74:11)
    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)
    at async callService (/app/src/http/upstream.js:41:5)
    at async checkout (/app/src/routes/orders.js:52:18))"},
    {"ConflictError", "cart {u} was changed elsewhere (revision {n})",
     R"(ConflictError: {m}
    at Cart.assertRevision (/app/src/cart/cart.js:112:13)
    at Cart.addItem (/app/src/cart/cart.js:64:10)
    at handler (/app/src/routes/cart.js:29:16)
    at Layer.handle [as handle_request] (/app/node_modules/express/lib/router/layer.js:95:5))"},
};

constexpr Template kGo[] = {
    {"*pq.Error", "canceling statement due to statement timeout",
     R"(goroutine {n} [running]:
shop/orders/internal/store.(*Orders).query(0xc{x}, {0x{x}, 0x7})
	/src/orders/internal/store/orders.go:88 +0x2d4
shop/orders/internal/api.(*Server).listOrders(0xc{x}, {0x{x}, 0xc{x}}, 0xc{x})
	/src/orders/internal/api/list.go:41 +0x1a5
net/http.HandlerFunc.ServeHTTP(0xc{x}, {0x{x}, 0xc{x}}, 0xc{x})
	/usr/local/go/src/net/http/server.go:2171 +0x29
)"},
    {"*pq.Error", "deadlock detected: process {n} waits for ShareLock on transaction {n}",
     R"(goroutine {n} [running]:
shop/orders/internal/store.(*Orders).Insert(0xc{x}, {0x{x}, 0xc{x}}, 0xc{x})
	/src/orders/internal/store/insert.go:53 +0x31c
shop/orders/internal/api.(*Server).createOrder(0xc{x}, {0x{x}, 0xc{x}}, 0xc{x})
	/src/orders/internal/api/create.go:67 +0x4f1
)"},
    {"runtime.Error", "runtime error: invalid memory address or nil pointer dereference",
     R"(panic: {m}
[signal SIGSEGV: segmentation violation code=0x1 addr=0x18 pc=0x{x}]

goroutine {n} [running]:
shop/orders/internal/pricing.(*Voucher).Discount(...)
	/src/orders/internal/pricing/voucher.go:29
shop/orders/internal/pricing.Total(0xc{x}, {0xc{x}, 0x3, 0x4}, 0x0)
	/src/orders/internal/pricing/total.go:46 +0x7c
shop/orders/internal/api.(*Server).createOrder(0xc{x}, {0x{x}, 0xc{x}}, 0xc{x})
	/src/orders/internal/api/create.go:58 +0x2ab
)"},
};

constexpr Template kJava[] = {
    {"com.shop.payments.ProviderUnavailableException",
     "Provider did not answer charge {u} within 10000 ms",
     R"(com.shop.payments.ProviderUnavailableException: {m}
	at com.shop.payments.provider.ProviderClient.charge(ProviderClient.java:91)
	at com.shop.payments.ChargeService.charge(ChargeService.java:57)
	at com.shop.payments.web.ChargeController.create(ChargeController.java:38)
	at java.base/jdk.internal.reflect.DirectMethodHandleAccessor.invoke(DirectMethodHandleAccessor.java:103)
	at org.springframework.web.servlet.DispatcherServlet.doDispatch(DispatcherServlet.java:1089)
Caused by: java.net.SocketTimeoutException: Read timed out (local port {n})
	at java.base/sun.nio.ch.NioSocketImpl.timedRead(NioSocketImpl.java:288)
	at java.base/sun.nio.ch.NioSocketImpl.implRead(NioSocketImpl.java:314)
	... 41 more
)"},
    {"org.springframework.dao.OptimisticLockingFailureException",
     "Row was updated by another transaction: Ledger#{n}",
     R"(org.springframework.dao.OptimisticLockingFailureException: {m}
	at org.springframework.orm.jpa.vendor.HibernateJpaDialect.convertHibernateAccessException(HibernateJpaDialect.java:321)
	at com.shop.payments.ledger.LedgerService.post(LedgerService.java:72)
	at com.shop.payments.ChargeService.charge(ChargeService.java:66)
	at com.shop.payments.web.ChargeController.create(ChargeController.java:38)
)"},
};

constexpr Template kNet[] = {
    {"Microsoft.EntityFrameworkCore.DbUpdateConcurrencyException",
     "The database operation was expected to affect 1 row(s), but actually affected 0 row(s); "
     "article {n}",
     R"(Microsoft.EntityFrameworkCore.DbUpdateConcurrencyException: {m}
   at Microsoft.EntityFrameworkCore.Update.AffectedCountModificationCommandBatch.ThrowAggregateUpdateConcurrencyExceptionAsync(RelationalDataReader reader)
   at Shop.Warehouse.Stock.ReservationService.ReserveAsync(Guid order, Int32 article) in /src/Warehouse/Stock/ReservationService.cs:line 64
   at Shop.Warehouse.Api.ReservationsController.Create(ReservationRequest request) in /src/Warehouse/Api/ReservationsController.cs:line 31)"},
    {"System.InvalidOperationException", "Sequence contains no elements",
     R"(System.InvalidOperationException: {m}
   at System.Linq.ThrowHelper.ThrowNoElementsException()
   at Shop.Warehouse.Stock.StockService.Get(String sku) in /src/Warehouse/Stock/StockService.cs:line 42
   at Shop.Warehouse.Api.StockController.Show(String sku) in /src/Warehouse/Api/StockController.cs:line 19)"},
};

constexpr Template kPhp[] = {
    {R"(Illuminate\Database\QueryException)",
     "SQLSTATE[40001]: Serialization failure: 1213 Deadlock found when trying to get lock "
     "(Connection: mysql, Host: {i}, refund {n})",
     R"(Illuminate\Database\QueryException: {m} in /var/www/html/vendor/laravel/framework/src/Illuminate/Database/Connection.php:822
Stack trace:
#0 /var/www/html/vendor/laravel/framework/src/Illuminate/Database/Connection.php(776): Illuminate\Database\Connection->runQueryCallback()
#1 /var/www/html/app/Services/RefundService.php(48): Illuminate\Database\Query\Builder->insert(Array)
#2 /var/www/html/app/Http/Controllers/RefundController.php(31): App\Services\RefundService->create({n}, {n})
#3 {main})"},
    {R"(Symfony\Component\ErrorHandler\Error\FatalError)",
     "Allowed memory size of 268435456 bytes exhausted (tried to allocate {n} bytes)",
     R"(Symfony\Component\ErrorHandler\Error\FatalError: {m} in /var/www/html/app/Reports/DailyReport.php:93
Stack trace:
#0 /var/www/html/app/Http/Controllers/ReportController.php(22): App\Reports\DailyReport->rows()
#1 {main})"},
};

constexpr Template kPython[] = {
    {"smtplib.SMTPServerDisconnected", "Connection unexpectedly closed by {i} (session {x})",
     R"(Traceback (most recent call last):
  File "/srv/worker/jobs/runner.py", line 58, in run
    job.execute()
  File "/srv/worker/jobs/mail.py", line 34, in execute
    self.smtp.send_message(message)
  File "/usr/lib/python3.11/smtplib.py", line 986, in send_message
    return self.sendmail(from_addr, to_addrs, flatmsg, mail_options,
smtplib.SMTPServerDisconnected: {m})"},
    {"decimal.InvalidOperation", "[<class 'decimal.ConversionSyntax'>]",
     R"(Traceback (most recent call last):
  File "/srv/worker/jobs/runner.py", line 58, in run
    job.execute()
  File "/srv/worker/jobs/prices.py", line 71, in execute
    price = Decimal(row["price"])
decimal.InvalidOperation: {m})"},
};

constexpr Template kBrowser[] = {
    {"TypeError", "Cannot read properties of null (reading 'scrollTop')",
     R"(TypeError: {m}
onScroll()
    https://shop.example.com/assets/catalogue.js:214:31
HTMLDocument.dispatch()
    https://shop.example.com/assets/vendor.js:1:48211)"},
    {"ChunkLoadError", "Loading chunk {n} failed (https://shop.example.com/assets/{x}.js)",
     R"(ChunkLoadError: {m}
loadChunk()
    https://shop.example.com/assets/runtime.js:1:2210
openCheckout()
    https://shop.example.com/assets/cart.js:88:7)"},
};

const Template& template_of(FailureKind kind) {
  const auto from = [kind](const Template* list, FailureKind first) -> const Template& {
    return list[static_cast<std::size_t>(kind) - static_cast<std::size_t>(first)];
  };
  if (kind >= FailureKind::kBrowserUndefined) return from(kBrowser, FailureKind::kBrowserUndefined);
  if (kind >= FailureKind::kPythonSmtp) return from(kPython, FailureKind::kPythonSmtp);
  if (kind >= FailureKind::kPhpQuery) return from(kPhp, FailureKind::kPhpQuery);
  if (kind >= FailureKind::kNetConcurrency) return from(kNet, FailureKind::kNetConcurrency);
  if (kind >= FailureKind::kJavaProviderTimeout)
    return from(kJava, FailureKind::kJavaProviderTimeout);
  if (kind >= FailureKind::kGoStatementTimeout) return from(kGo, FailureKind::kGoStatementTimeout);
  return from(kNode, FailureKind::kNodeUndefinedPrice);
}

std::string uuid_text(Random& random) {
  return random.hex(8) + '-' + random.hex(4) + "-4" + random.hex(3) + "-a" + random.hex(3) + '-' +
         random.hex(12);
}

std::string expanded(std::string_view text, std::string_view message, Random& random) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const std::string_view hole = text.substr(at, 3);
    if (hole == "{n}") {
      out += std::to_string(10'000 + random.below(90'000));
    } else if (hole == "{x}") {
      out += random.hex(9);
    } else if (hole == "{u}") {
      out += uuid_text(random);
    } else if (hole == "{i}") {
      out += "10.20." + std::to_string(random.below(8)) + '.' + std::to_string(random.below(250));
    } else if (hole == "{m}") {
      out += message;
    } else {
      out += text[at];
      continue;
    }
    at += 2;
  }
  return out;
}

}  // namespace

Failure make_failure(FailureKind kind, Random& random) {
  const Template& from = template_of(kind);
  Failure failure;
  failure.type = from.type;
  failure.message = expanded(from.message, {}, random);
  failure.stack = expanded(from.stack, failure.message, random);
  return failure;
}

}  // namespace traceway::demo
