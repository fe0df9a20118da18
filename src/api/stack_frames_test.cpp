#include "api/stack_frames.h"

#include <doctest/doctest.h>

#include <chrono>

namespace traceway::api {

namespace {

/// `app|lib function file:line:column module`; what is empty is `-`.
std::string written(const StackFrame& frame) {
  const auto or_dash = [](const std::string& text) { return text.empty() ? "-" : text; };
  std::string place = or_dash(frame.file);
  if (frame.line != 0) place += ':' + std::to_string(frame.line);
  if (frame.column != 0) place += ':' + std::to_string(frame.column);
  return (frame.in_app ? "app " : "lib ") + or_dash(frame.function) + ' ' + place + ' ' +
         or_dash(frame.module);
}

/// `type|message` and one line per frame, errors one after the other.
std::vector<std::string> read(std::string_view text) {
  std::vector<std::string> out;
  for (const StackError& error : parse_stack(text)) {
    out.push_back(error.type + '|' + error.message);
    for (const StackFrame& frame : error.frames) out.push_back(written(frame));
  }
  return out;
}

struct Case {
  const char* name;
  const char* text;
  std::vector<std::string> expected;
};

std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += line + '\n';
  return out;
}

void check(const std::vector<Case>& cases) {
  for (const Case& one : cases) {
    CAPTURE(std::string(one.name));
    CHECK(joined(read(one.text)) == joined(one.expected));
  }
}

}  // namespace

TEST_CASE("stack frames: every shape a language prints gives function, file, line and column") {
  check({
      {"Go SDK",
       "*errors.errorString: boom\nhandleRequest()\n    /srv/app/handler.go:42\n"
       "(*Server).serve()\n    /usr/local/go/src/net/http/server.go:3137\n",
       {"*errors.errorString|boom", "app handleRequest /srv/app/handler.go:42 -",
        "lib (*Server).serve /usr/local/go/src/net/http/server.go:3137 -"}},
      {"Go panic",
       "panic: runtime error: index out of range [3]\n\ngoroutine 7 [running]:\n"
       "main.(*App).Load(0xc000010250, {0xc00001c0a8, 0x24})\n\t/src/app/load.go:77 +0x1d\n"
       "created by net/http.(*Server).Serve in goroutine 1\n"
       "\t/usr/local/go/src/net/http/server.go:3086 +0x5cb\n",
       {"panic|runtime error: index out of range [3]",
        "app main.(*App).Load /src/app/load.go:77 main",
        "lib net/http.(*Server).Serve /usr/local/go/src/net/http/server.go:3086 net/http"}},
      {"V8",
       "TypeError: x is not a function\n    at async loadPage (https://x.io/a.js:2:99)\n"
       "    at Object.run [as start] (/app/src/run.js:1:7)\n    at new Cart "
       "(file:///app/cart.mjs:3:1)\n"
       "    at /app/node_modules/@hapi/hoek/lib/index.js:9:5\n    at Array.forEach (<anonymous>)\n"
       "    at node:internal/process/task_queues:95:5",
       {"TypeError|x is not a function", "app loadPage https://x.io/a.js:2:99 -",
        "app Object.run [as start] /app/src/run.js:1:7 -", "app Cart /app/cart.mjs:3:1 -",
        "lib - /app/node_modules/@hapi/hoek/lib/index.js:9:5 @hapi/hoek", "lib Array.forEach - -",
        "lib - node:internal/process/task_queues:95:5 -"}},
      {"V8 eval",
       "Error: e\n    at eval (eval at f (https://x.io/t.js:27:10), <anonymous>:1:1)",
       {"Error|e", "app eval https://x.io/t.js:27:10 -"}},
      {"Node with a code",
       "TypeError [ERR_INVALID_ARG_TYPE]: The \"path\" argument\n    at a (/app/t.js:9:15)",
       {"TypeError|The \"path\" argument", "app a /app/t.js:9:15 -"}},
      {"Gecko and JavaScriptCore",
       "TypeError: n is null\nrender@https://x.io/a.js:10:2\nforEach@[native code]\n"
       "@https://x.io/b.js:1:88",
       {"TypeError|n is null", "app render https://x.io/a.js:10:2 -", "lib forEach - -",
        "app - https://x.io/b.js:1:88 -"}},
      {"browser SDK",
       "TypeError: n is null\naddItem()\n    Cart.svelte:42:18\n    app.js:1:7\n"
       "    Array.map [native code]",
       {"TypeError|n is null", "app addItem Cart.svelte:42:18 -", "app - app.js:1:7 -",
        "lib Array.map - -"}},
      {"Node SDK",
       "ValidationError: no\nUserService.create()\n    users.service.js:88\n"
       "processTicksAndRejections()\n    task_queues:95\n<anonymous>()\n    <unknown>:0",
       {"ValidationError|no", "app UserService.create users.service.js:88 -",
        "lib processTicksAndRejections task_queues:95 -", "lib <anonymous> <unknown> -"}},
      {"Python",
       "ValueError: bad\nTraceback (most recent call last):\n"
       "  File \"/usr/lib/python3/dist-packages/flask/app.py\", line 2070, in wsgi_app\n"
       "    response = self.full_dispatch_request()\n"
       "  File \"/srv/shop/views.py\", line 31, in checkout\n    raise ValueError(\"bad\")\n"
       "    ^^^^^^^^^^^^^^^^^^^^^^^\nValueError: bad\nand more (of it)",
       {"ValueError|bad", "app checkout /srv/shop/views.py:31 -",
        "lib wsgi_app /usr/lib/python3/dist-packages/flask/app.py:2070 -"}},
      {"Java and Kotlin",
       "java.lang.IllegalStateException: bad\r\n\tat "
       "com.example.Service$1.process(Service.kt:55)\r\n"
       "\tat java.base/java.net.Socket.connect(Unknown Source)\r\n"
       "\tat app//com.example.Main.main(Main.java:3)\r\n\t... 52 more",
       {"java.lang.IllegalStateException|bad",
        "app com.example.Service$1.process Service.kt:55 com.example.Service$1",
        "lib java.net.Socket.connect - java.net.Socket",
        "app com.example.Main.main Main.java:3 com.example.Main"}},
      {"Java, uncaught in a thread, without a message",
       "Exception in thread \"main\" java.lang.NullPointerException\n\tat a.B.c(SourceFile)",
       {"java.lang.NullPointerException|", "app a.B.c SourceFile a.B"}},
      {"PHP",
       "PHP Fatal error:  Uncaught Exception: Order 7 not found in /var/www/src/Order.php:57\n"
       "Stack trace:\n#0 /var/www/vendor/acme/core/Bus.php(21): App\\Order->load('7')\n"
       "#1 [internal function]: App\\Bus::run()\n#2 {main}\n  thrown in /var/www/src/Order.php on "
       "line 57",
       {"Exception|Order 7 not found", "app - /var/www/src/Order.php:57 -",
        "lib App\\Order->load /var/www/vendor/acme/core/Bus.php:21 App\\Order",
        "lib App\\Bus::run - App\\Bus"}},
      {"Ruby",
       "NoMethodError: undefined method `name' for nil\n/app/users_controller.rb:12:in `show'\n"
       "/usr/local/bundle/gems/actionpack-7.1.2/lib/metal.rb:227:in 'block in dispatch'",
       {"NoMethodError|undefined method `name' for nil", "app show /app/users_controller.rb:12 -",
        "lib block in dispatch /usr/local/bundle/gems/actionpack-7.1.2/lib/metal.rb:227 -"}},
      {"Ruby, uncaught",
       "app.rb:5:in 'foo': divided by 0 (ZeroDivisionError)\n\tfrom app.rb:9:in '<main>'",
       {"ZeroDivisionError|divided by 0", "app foo app.rb:5 -", "app <main> app.rb:9 -"}},
      {".NET",
       "System.InvalidOperationException: Sequence contains no elements\r\n"
       "   at Shop.Orders.Get(Guid id) in C:\\src\\Orders.cs:line 42\r\n"
       "   at System.Linq.Enumerable.First[T](IEnumerable`1 source)\r\n"
       "--- End of stack trace from previous location ---\r\n"
       "   at Shop.Mono.Run (System.String s) [0x00001] in /src/Mono.cs:9 ",
       {"System.InvalidOperationException|Sequence contains no elements",
        "app Shop.Orders.Get C:\\src\\Orders.cs:42 Shop.Orders",
        "lib System.Linq.Enumerable.First[T] - System.Linq.Enumerable",
        "app Shop.Mono.Run /src/Mono.cs:9 Shop.Mono"}},
      {"Rust",
       "thread 'main' panicked at src/main.rs:4:5:\nexplicit panic\nstack backtrace:\n"
       "   0: rust_begin_unwind\n             at /rustc/9fc6/library/std/src/panicking.rs:665:5\n"
       "   1: <shop::Cart as shop::Total>::total\n             at ./src/cart.rs:42:31\n"
       "   2: main",
       {"panic|explicit panic",
        "lib rust_begin_unwind /rustc/9fc6/library/std/src/panicking.rs:665:5 -",
        "app <shop::Cart as shop::Total>::total ./src/cart.rs:42:31 shop", "app main - -"}},
      {"Rust without a backtrace",
       "thread 'w' (77) panicked at src/main.rs:4:5:\nexplicit panic",
       {"panic|explicit panic", "app - src/main.rs:4:5 -"}},
      {"Rust before 1.73",
       "thread 'main' panicked at 'no, never', src/main.rs:4:5",
       {"panic|'no, never'", "app - src/main.rs:4:5 -"}},
      {"Dart",
       "StateError: No element\n#0      Cart.total (package:shop/src/cart.dart:35:10)\n"
       "#1      State.setState (package:flutter/src/framework.dart:1139:9)\n"
       "#2  _kDartIsolateSnapshotInstructions+141e6b",
       {"StateError|No element", "app Cart.total package:shop/src/cart.dart:35:10 shop",
        "lib State.setState package:flutter/src/framework.dart:1139:9 flutter",
        "lib _kDartIsolateSnapshotInstructions+141e6b - -"}},
      {"Swift",
       "Fatal error: Index out of range\n"
       "0   libswiftCore.dylib  0x000000016bae4b5b $ss17_assertionFailure + 308\n"
       "1   Shop                0x00000001eaefc4d2 $s4Shop4CartC5totalSdyF + 212\n"
       "2 0x000055d1 median(of:) + 28 in Server at /app/Sources/Stats.swift:31:20",
       {"|Fatal error: Index out of range", "lib $ss17_assertionFailure - libswiftCore.dylib",
        "app $s4Shop4CartC5totalSdyF - Shop",
        "app median(of:) /app/Sources/Stats.swift:31:20 Server"}},
      {"C++",
       "terminate called after throwing an instance of 'std::out_of_range'\n  what():  map::at\n"
       " 0# shop::Cart::price(unsigned long) const at /src/cart.cpp:42\n"
       "#1  0x00007f3a in relay::run (n=3) at /src/run.cpp:7\n"
       "    #2 0x55d1 in relay::read() /src/session.cpp:91:18\n"
       "#3 __libc_start_main (main=0x1) at ../csu/libc-start.c:308\n"
       "/usr/bin/relayd(_ZN5relay4pushEv+0x1d) [0x4006f0]",
       {"std::out_of_range|map::at",
        "app shop::Cart::price(unsigned long) const /src/cart.cpp:42 -",
        "app relay::run /src/run.cpp:7 -", "app relay::read() /src/session.cpp:91:18 -",
        "lib __libc_start_main ../csu/libc-start.c:308 -",
        "app _ZN5relay4pushEv - /usr/bin/relayd"}},
  });
}

TEST_CASE("stack frames: causes follow the error that was reported, outermost first") {
  check({
      {"Java",
       "a.Outer: one\n\tat a.A.f(A.java:1)\nCaused by: b.Middle: two\n\tat b.B.g(B.java:2)\n"
       "\t... 1 more\n\tSuppressed: c.Close: x\n\t\tat c.C.close(C.java:3)\n"
       "Caused by: java.io.IOException\n\tat d.D.h(D.java:4)",
       {"a.Outer|one", "app a.A.f A.java:1 a.A", "b.Middle|two", "app b.B.g B.java:2 b.B",
        "java.io.IOException|", "app d.D.h D.java:4 d.D"}},
      {"Python prints the cause above",
       "Traceback (most recent call last):\n  File \"a.py\", line 1, in f\n    x()\nKeyError: "
       "'k'\n\n"
       "During handling of the above exception, another exception occurred:\n\n"
       "Traceback (most recent call last):\n  File \"b.py\", line 2, in g\n    y()\nshop.E: outer",
       {"shop.E|outer", "app g b.py:2 -", "KeyError|'k'", "app f a.py:1 -"}},
      {"PHP prints the cause above",
       "RuntimeException: inner in /a/B.php:3\nStack trace:\n#0 /a/C.php(4): f()\n#1 {main}\n\n"
       "Next JobException: outer in /a/D.php:5\nStack trace:\n#0 {main}",
       {"JobException|outer", "app - /a/D.php:5 -", "RuntimeException|inner", "app - /a/B.php:3 -",
        "app f /a/C.php:4 -"}},
      {".NET prints the frames of the cause first",
       "A.Outer: one\n ---> B.Inner (111): two\n   at B.C.F() in /b.cs:line 2\n"
       "   --- End of inner exception stack trace ---\n   at A.D.G() in /a.cs:line 1",
       {"A.Outer|one", "app A.D.G /a.cs:1 A.D", "B.Inner|two", "app B.C.F /b.cs:2 B.C"}},
      {".NET on one line",
       "A.Outer: one ---> B.Inner: two\n   at B.C.F()\n"
       "   --- End of inner exception stack trace ---\n   at A.D.G()",
       {"A.Outer|one", "app A.D.G - A.D", "B.Inner|two", "app B.C.F - B.C"}},
      {"JavaScript",
       "Error: outer\n    at f (/a.js:1:1) {\n  [cause]: TypeError: inner\n      at g "
       "(/b.js:2:2)\n}",
       {"Error|outer", "TypeError|inner", "app g /b.js:2:2 -"}},
      {"Rust anyhow",
       "Error: sync failed\n\nCaused by:\n    0: error sending request\n    1: connection reset",
       {"Error|sync failed", "|error sending request"}},
  });
}

TEST_CASE("stack frames: a text without frames is an error without frames") {
  check({
      {"type and message", "TypeError: x is null", {"TypeError|x is null"}},
      {"a sentence",
       "connection to 10.0.0.1:5432 failed (twice)",
       {"|connection to 10.0.0.1:5432 failed (twice)"}},
      {"a sentence with a colon", "could not connect: refused", {"|could not connect: refused"}},
      {"a type alone", "java.lang.OutOfMemoryError", {"java.lang.OutOfMemoryError|"}},
      {"nothing", "", {"|"}},
      {"a message of several lines", "Error: a\nb (c)\nd: e", {"Error|a"}},
  });
  CHECK(message_error("  User 42 signed in\n    at x (y.js:1:1)").message == "User 42 signed in");
}

TEST_CASE("stack frames: the culprit is the first frame of the application") {
  const auto errors =
      parse_stack("E: x\n    at a (/app/node_modules/x/a.js:1:1)\n    at b (/app/b.js:2:2)");
  REQUIRE(culprit_of(errors) != nullptr);
  CHECK(culprit_of(errors)->function == "b");
  const auto libraries = parse_stack("E: x\n    at a (/app/node_modules/x/a.js:1:1)");
  CHECK(culprit_of(libraries)->function == "a");
  CHECK(culprit_of(parse_stack("E: x")) == nullptr);
}

TEST_CASE("stack frames: hostile texts are bounded and read in linear time") {
  std::string many = "E: x\n";
  for (int i = 0; i < 1000; ++i) many += "    at f (/a.js:1:" + std::to_string(i + 1) + ")\n";
  CHECK(parse_stack(many).front().frames.size() == kMaxFrames);
  CHECK(parse_stack(many).front().frames.front().column == 1);
  std::string deep = "Traceback (most recent call last):\n";
  for (int i = 0; i < 1000; ++i) deep += "  File \"a.py\", line " + std::to_string(i) + ", in f\n";
  CHECK(parse_stack(deep + "E: x").front().frames.size() == kMaxFrames);
  CHECK(parse_stack(deep + "E: x").front().frames.front().line == 999);
  std::string chain = "E: x\n";
  for (int i = 0; i < 100; ++i) chain += "Caused by: F: y\n\tat a.B.c(D.java:1)\n";
  CHECK(parse_stack(chain).size() == kMaxErrors);

  // Each would take minutes if a step looked back over what it has read.
  const auto began = std::chrono::steady_clock::now();
  for (const char* piece : {"(", "at ", "@", ":1", " in ", "#0 ", "at (", "Caused by: ", "\n    ",
                            "---> ", "\n0: a::b", "\tat a.b(", " (eval at ", "File \"", "': ("}) {
    std::string text;
    while (text.size() < (1U << 20U)) text += piece;
    CHECK_FALSE(parse_stack(text).empty());
    CHECK_FALSE(parse_stack("at " + text).empty());
  }
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(20));
}

TEST_CASE("stack frames: the errors of a Python exception group have their frames") {
  const auto errors = parse_stack(
      R"(ExceptionGroup: unhandled errors in a TaskGroup (2 sub-exceptions)
  + Exception Group Traceback (most recent call last):
  |   File "/opt/crawler/main.py", line 17, in crawl
  |     async with asyncio.TaskGroup() as tasks:
  |   File "/usr/lib/python3.12/asyncio/taskgroups.py", line 145, in __aexit__
  |     raise me from None
  | ExceptionGroup: unhandled errors in a TaskGroup (2 sub-exceptions)
  +-+---------------- 1 ----------------
    | Traceback (most recent call last):
    |   File "/opt/crawler/parse.py", line 33, in parse
    |     return Feed(**fields)
    | ValueError: unknown encoding
    +---------------- 2 ----------------
    | Exception Group Traceback (most recent call last):
    |   File "/opt/crawler/fetch.py", line 8, in fetch
    |     raise ExceptionGroup("inner", [KeyError("id")])
    | ExceptionGroup: inner (1 sub-exception)
    +-+---------------- 1 ----------------
      | KeyError: 'id'
      +------------------------------------
)");
  REQUIRE(errors.size() == 4);
  CHECK(errors[0].type == "ExceptionGroup");
  CHECK(errors[0].message == "unhandled errors in a TaskGroup (2 sub-exceptions)");
  REQUIRE(errors[0].frames.size() == 2);
  CHECK(errors[0].frames[0].function == "__aexit__");
  CHECK_FALSE(errors[0].frames[0].in_app);
  CHECK(errors[0].frames[1].file == "/opt/crawler/main.py");
  CHECK(errors[0].frames[1].line == 17);
  CHECK(errors[1].type == "ValueError");
  CHECK(errors[1].message == "unknown encoding");
  REQUIRE(errors[1].frames.size() == 1);
  CHECK(errors[1].frames[0].function == "parse");
  CHECK(errors[1].frames[0].in_app);
  CHECK(errors[2].type == "ExceptionGroup");
  CHECK(errors[2].message == "inner (1 sub-exception)");
  REQUIRE(errors[2].frames.size() == 1);
  CHECK(errors[2].frames[0].function == "fetch");
  CHECK(errors[3].type == "KeyError");
  CHECK(errors[3].frames.empty());
}

TEST_CASE("stack frames: a drawn table in a message is no exception group") {
  const auto errors = parse_stack("SqlError: bad rows\n+--------- 1 ---+\n| id | name |\n+---+");
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].type == "SqlError");
}

}  // namespace traceway::api
