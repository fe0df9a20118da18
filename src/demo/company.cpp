#include "demo/company.h"

#include <algorithm>

namespace traceway::demo {

namespace {

using enum ServiceId;
using enum StepKind;
using enum FailureKind;

constexpr std::string_view kGatewayHosts[] = {"gw-1", "gw-2", "gw-3"};
constexpr std::string_view kOrdersHosts[] = {"orders-1", "orders-2"};
constexpr std::string_view kPaymentsHosts[] = {"pay-1", "pay-2"};
constexpr std::string_view kWarehouseHosts[] = {"wh-1"};
constexpr std::string_view kBackofficeHosts[] = {"office-1"};
constexpr std::string_view kWorkerHosts[] = {"worker-1", "worker-2"};
constexpr std::string_view kStorefrontHosts[] = {""};  // browsers name no server

constexpr Service kServices[] = {
    {"gateway", "nodejs", "@opentelemetry/instrumentation-http", "postgresql", "shop-db",
     kGatewayHosts, 0, false},
    {"orders", "go", "go.opentelemetry.io/contrib/net/http/otelhttp", "postgresql", "orders-db",
     kOrdersHosts, 0, false},
    {"payments", "java", "io.opentelemetry.tomcat-10.0", "mysql", "ledger-db", kPaymentsHosts, 0,
     false},
    {"warehouse", "dotnet", "Microsoft.AspNetCore", "microsoft.sql_server", "stock-db",
     kWarehouseHosts, 0, false},
    {"backoffice", "php", "io.opentelemetry.contrib.php.laravel", "mysql", "office-db",
     kBackofficeHosts, 0, false},
    {"worker", "python", "worker", "postgresql", "shop-db", kWorkerHosts, 1, true},
    {"storefront", "webjs", "storefront", "", "", kStorefrontHosts, 2, true},
};
static_assert(std::size(kServices) == static_cast<std::size_t>(ServiceId::kCount));

constexpr DemoProject kProjects[] = {
    {"shop", "opentelemetry"}, {"worker", "custom"}, {"storefront", "react"}};

// Statements are in lower case, as the company's query builders write them.
constexpr Step kProduct[] = {
    {kCache, "GET product:#", 0.6},
    {kQuery, "select id, name, price, image from products where id = $1", 2.4, 0.35},
    {kCall, "GET /stock/:sku", 0, 0.5}};
constexpr Step kSearch[] = {
    {kQuery, "select id, name, price from products where search @@ plainto_tsquery($1) limit 40",
     28},
    {kRender, "render tiles", 6}};
constexpr Step kHome[] = {{kCache, "GET home:teasers", 0.5}, {kRender, "render home", 9}};
constexpr Step kCategory[] = {
    {kCache, "GET category:#", 0.6},
    {kQuery, "select id, name, price from products where category_id = $1 order by rank limit 60",
     11, 0.6},
    {kRender, "render tiles", 5}};
constexpr Step kCart[] = {{kCache, "HGETALL cart:#", 0.9},
                          {kQuery, "select id, price from products where id = any($1)", 3.1}};
constexpr Step kAddItem[] = {{kCall, "GET /stock/:sku"}, {kCache, "HSET cart:#", 0.8}};
constexpr Step kRecommend[] = {
    {kCache, "GET recommendations:#", 0.6},
    {kQuery,
     "select b.product_id, count(*) from bought_together b where b.product_id = $1 group by 1", 46,
     0.7},
    {kRender, "rank", 12}};
constexpr Step kMyOrders[] = {{kCall, "GET /v1/orders"}};
constexpr Step kMyOrder[] = {{kCall, "GET /v1/orders/{id}"}, {kRender, "render order", 4}};
constexpr Step kCheckout[] = {
    {kCache, "HGETALL cart:#", 0.9}, {kCall, "POST /v1/orders"}, {kCache, "DEL cart:#", 0.5}};
constexpr Step kSignIn[] = {
    {kQuery, "select id, password_hash from customers where email = $1", 2.2},
    {kRender, "verify password", 68}};
constexpr Step kAccount[] = {{kQuery, "select name, email from customers where id = $1", 1.9},
                             {kCall, "GET /v1/orders", 0, 0.6}};
constexpr Step kAddress[] = {
    {kQuery, "update customers set address = $2 where id = $1", 4.2},
    {kQuery, "insert into customer_changes (customer_id, what) values ($1, $2)", 3.0}};

constexpr Route kShop[] = {
    {kGateway, "GET /products/:id", "/products/#", 5, kProduct},
    {kGateway, "GET /search", "", 8, kSearch},
    {kGateway, "GET /", "", 4, kHome},
    {kGateway, "GET /categories/:slug", "/categories/c#", 5, kCategory},
    {kGateway, "POST /orders", "", 9, kCheckout},
    {kGateway, "GET /recommendations", "", 6, kRecommend, kNodeUndefinedPrice, 0.006},
    {kGateway, "GET /cart", "", 4, kCart},
    {kGateway, "POST /cart/items", "", 5, kAddItem, kNodeCartConflict, 0.004},
    {kGateway, "GET /orders", "", 5, kMyOrders},
    {kGateway, "POST /login", "", 6, kSignIn},
    {kGateway, "GET /orders/:id", "/orders/#", 5, kMyOrder},
    {kGateway, "GET /account", "", 5, kAccount},
    {kGateway, "PUT /account/address", "", 6, kAddress},
};

constexpr Step kOrderList[] = {
    {kQuery, "select id, state, total from orders where customer_id = $1 order by id desc limit 20",
     7},
    {kQuery, "select order_id, count(*) from order_items where order_id = any($1) group by 1", 5}};
constexpr Step kOrderOne[] = {
    {kQuery, "select id, state, total, placed_at from orders where id = $1", 2.1},
    {kQuery, "select product_id, quantity, price from order_items where order_id = $1", 2.8}};
constexpr Step kOrderCreate[] = {
    {kQuery, "insert into orders (customer_id, total, state) values ($1, $2, $3) returning id", 4},
    {kQuery, "insert into order_items (order_id, product_id, quantity, price) values ($1, $2, ...)",
     5},
    {kCall, "POST /reservations"},
    {kCall, "POST /charges"},
    {kQuery, "update orders set state = 'placed' where id = $1", 3},
    {kPublish, "mail.order_confirmation", 2}};
constexpr Step kCharge[] = {
    {kProvider, "https://api.payments.example/v2/charges", 310},
    {kQuery, "insert into ledger (order_id, amount, provider_id) values (?, ?, ?)", 4}};
constexpr Step kStock[] = {
    {kQuery, "select on_hand - reserved as free from stock where sku = @sku", 1.8}};
constexpr Step kReserve[] = {
    {kQuery, "select on_hand, reserved, version from stock where sku = @sku", 2.2},
    {kQuery, "update stock set reserved = @reserved where sku = @sku and version = @version", 3.4}};

constexpr Route kInternal[] = {
    {kOrders, "GET /v1/orders", "", 1.5, kOrderList, kGoDeadlock, 0.0004},
    {kOrders, "GET /v1/orders/{id}", "/v1/orders/#", 1.2, kOrderOne},
    {kOrders, "POST /v1/orders", "", 3, kOrderCreate, kGoDeadlock, 0.006},
    {kPayments, "POST /charges", "", 6, kCharge, kJavaLedgerConflict, 0.004},
    {kWarehouse, "GET /stock/:sku", "/stock/s-#", 1.1, kStock, kNetNoElements, 0.0006},
    {kWarehouse, "POST /reservations", "", 2.2, kReserve, kNetConcurrency, 0.011},
};

constexpr Step kAdminList[] = {
    {kQuery, "select * from orders o join customers c on c.id = o.customer_id limit 100", 74},
    {kRender, "view: orders.index", 22}};
constexpr Step kAdminOrder[] = {{kCall, "GET /v1/orders/{id}"}, {kRender, "view: orders.show", 14}};
constexpr Step kRefund[] = {{kQuery, "insert into refunds (order_id, amount) values (?, ?)", 8},
                            {kQuery, "update ledger set refunded = 1 where order_id = ?", 5}};
constexpr Step kReport[] = {
    {kQuery, "select date(placed_at), sum(total) from orders group by 1", 2300},
    {kRender, "view: reports.daily", 240}};

constexpr Route kStaff[] = {
    {kBackoffice, "GET /admin/orders", "", 21, kAdminList},
    {kBackoffice, "GET /admin/orders/{order}", "/admin/orders/#", 18, kAdminOrder},
    {kBackoffice, "POST /admin/refunds", "", 25, kRefund, kPhpQuery, 0.03},
    {kBackoffice, "GET /admin/reports/daily", "", 40, kReport, kPhpMemory, 0.05},
};

constexpr Step kConfirmation[] = {{kRender, "render template", 18}, {kRender, "smtp send", 240}};
constexpr Step kCleanup[] = {{kCache, "SCAN cart:*", 35}, {kCache, "UNLINK carts", 12, 0.8}};
constexpr Step kPrices[] = {{kRender, "download price list", 2600},
                            {kQuery, "update products set price = %s where id = %s", 5200}};
constexpr Step kCatalogue[] = {
    {kQuery, "select id, name, description from products where changed_at > %s", 420},
    {kRender, "index products", 3900}};
constexpr Step kNightly[] = {{kQuery, "select * from orders where placed_at >= %s", 8800},
                             {kRender, "write report", 4100},
                             {kRender, "smtp send", 300}};
constexpr Step kRetry[] = {{kRender, "smtp send", 180, 0.7}};
constexpr Step kSettle[] = {
    {kQuery, "select * from ledger where settled = false for update skip locked", 190},
    {kProvider, "https://api.payments.example/v2/settlements", 620},
    {kQuery, "update ledger set settled = true where id in (?, ?, ?)", 45}};

constexpr Task kTasks[] = {
    {kWorker, "mail.order_confirmation", 0, 0, 6, kConfirmation, kPythonSmtp, 0.02},
    {kWorker, "mail.retry", 5, 0, 20, kRetry, kPythonSmtp, 0.01},
    {kWorker, "carts.cleanup", 10, 3, 30, kCleanup},
    {kWorker, "catalogue.index", 15, 1, 90, kCatalogue},
    {kWorker, "prices.import", 60, 5, 300, kPrices, kPythonPrice, 0.12},
    {kWorker, "report.nightly", 24 * 60, 2 * 60 + 30, 900, kNightly},
    {kPayments, "SettlementJob.run", 30, 20, 60, kSettle},
};

constexpr std::string_view kBrowsers[] = {
    R"(Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1)",
    R"(Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36)",
    R"(Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36)",
    R"(Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15)",
    R"(Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0)",
};

constexpr std::string_view kScanned[] = {"/wp-login.php", "/.env", "/admin.php", "/.git/config"};

}  // namespace

const Service& service_of(ServiceId id) {
  return kServices[static_cast<std::size_t>(id)];
}

std::span<const DemoProject> projects() {
  return kProjects;
}

std::span<const Route> shop_routes() {
  return kShop;
}

std::span<const Route> staff_routes() {
  return kStaff;
}

std::span<const Task> tasks() {
  return kTasks;
}

const Route* find_route(std::string_view name) {
  for (const std::span<const Route> list : {std::span<const Route>(kInternal), shop_routes()}) {
    const auto found = std::ranges::find(list, name, &Route::name);
    if (found != list.end()) return &*found;
  }
  return nullptr;
}

const Task* find_task(std::string_view name) {
  const auto found = std::ranges::find(kTasks, name, &Task::name);
  return found == std::end(kTasks) ? nullptr : found;
}

std::span<const std::string_view> browsers() {
  return kBrowsers;
}

std::span<const std::string_view> scanned_paths() {
  return kScanned;
}

}  // namespace traceway::demo
