#include "demo/story.h"

#include <algorithm>

namespace traceway::demo {

namespace {

constexpr double kMs = 1'000'000;  // in ns
constexpr double kOwnSigma = 0.4;
constexpr double kStepSigma = 0.45;
constexpr double kSlowFactor = 14;  // how much a slow database is slower
constexpr double kDeclinedRate = 0.03;
constexpr double kTimeoutMs = 10'000;

std::int64_t ns_of(double ms) {
  return static_cast<std::int64_t>(ms * kMs);
}

int status_of(FailureKind failure) {
  if (failure == FailureKind::kNodeCartConflict) return 409;
  if (failure == FailureKind::kJavaProviderTimeout) return 503;
  return failure == FailureKind::kNodeUpstream ? 502 : 500;
}

std::string with_number(std::string_view text, std::uint64_t number) {
  std::string out(text);
  if (const std::size_t hole = out.find('#'); hole != std::string::npos)
    out.replace(hole, 1, std::to_string(number));
  return out;
}

/// "select id from x" -> "SELECT", "HGETALL cart:#" -> "HGETALL".
std::string operation_of(std::string_view statement) {
  std::string out(statement.substr(0, statement.find(' ')));
  for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return out;
}

/// Where a request or task of one service is: its span, the time, and what ended it.
struct Run {
  std::size_t index = 0;  ///< of its span
  ServiceId service = ServiceId::kGateway;
  std::int64_t now_ns = 0;
  int status = 0;  ///< 0: all is well so far
  FailureKind failure = FailureKind::kNone;

  void fail_with(FailureKind kind) {
    failure = kind;
    status = status_of(kind);
  }
};

class Story {
 public:
  Story(const Timeline& timeline, Random& random) : timeline_(timeline), random_(random) {
    const std::uint64_t words[] = {random.next(), random.next()};
    std::ranges::copy(std::as_bytes(std::span(words)),
                      std::as_writable_bytes(std::span(trace_.bytes)).begin());
  }

  /// The route's status.
  Run serve(const Route& route, const Visitor* visitor, std::uint64_t parent, std::int64_t start) {
    Run run = begin(route.service, std::string(route.name), SpanKind::kServer, parent, start);
    const double own_ms = random_.log_normal(route.own_ms, kOwnSigma);
    run.now_ns += ns_of(own_ms / 3);
    const bool is_order = route.name == "POST /v1/orders";
    if (is_order && timeline_.is_release_broken(start) && random_.chance(0.55)) {
      run.fail_with(FailureKind::kGoNilVoucher);
    } else {
      perform(route.steps, run);
    }
    if (run.status == 0 && random_.chance(route.failure_rate)) run.fail_with(route.failure);
    if (run.status == 0) run.status = status_when_well(route);
    run.now_ns += ns_of(own_ms * 2 / 3);
    describe_request(route, visitor, run);
    end(run);
    return run;
  }

  void serve_nothing(std::string_view path, const Visitor& visitor, std::int64_t start) {
    Run run = begin(ServiceId::kGateway, "GET", SpanKind::kServer, 0, start);
    run.now_ns += ns_of(random_.log_normal(0.8, kOwnSigma));
    run.status = 404;
    add(run, "http.request.method", "GET");
    add(run, "url.path", std::string(path));
    describe_answer(run);
    describe(visitor, run);
    end(run);
  }

  void run_task(const Task& task, std::uint64_t parent, std::int64_t start) {
    const bool is_scheduled = task.every_minutes > 0;
    Run run = begin(task.service, std::string(task.name),
                    is_scheduled ? SpanKind::kInternal : SpanKind::kConsumer, parent, start);
    activity_.work[run.index].is_task = true;
    add(run, is_scheduled ? "faas.trigger" : "messaging.system",
        is_scheduled ? "timer" : "rabbitmq");
    run.now_ns += ns_of(random_.log_normal(task.own_ms, kOwnSigma));
    perform(task.steps, run);
    if (run.status == 0 && random_.chance(task.failure_rate)) run.fail_with(task.failure);
    if (task.name == "prices.import" && random_.chance(0.3)) {
      note(run, "The price list names unknown articles");
    }
    end(run);
  }

  /// What the visitor's browser reports of it by itself.
  void look_from_browser(const Route& route, const Visitor& visitor, std::int64_t at_ns) {
    const std::int64_t age = timeline_.since_release(ServiceId::kStorefront, at_ns);
    Notice notice;
    notice.at_ns = at_ns;
    notice.trace = trace_;
    if (age < kHourNs && random_.chance(0.03)) {
      notice.text = make_failure(FailureKind::kBrowserChunk, random_).stack;
    } else if (random_.chance(0.004)) {
      notice.text = make_failure(FailureKind::kBrowserUndefined, random_).stack;
    } else if (route.name == "POST /orders" && random_.chance(0.08)) {
      notice.text = "Voucher field left empty after two attempts";
      notice.is_message = true;
    } else {
      return;
    }
    notice.attributes = {{"url", "https://shop.example.com" + path_of(route)},
                         {"user_agent.original", std::string(visitor.user_agent)}};
    if (!visitor.user.empty()) notice.attributes.emplace_back("user.id", visitor.user);
    activity_.notices.push_back(std::move(notice));
  }

  Activity take() { return std::move(activity_); }

 private:
  Run begin(ServiceId service, std::string name, SpanKind kind, std::uint64_t parent,
            std::int64_t start) {
    Work work;
    work.service = service;
    work.host = random_.below(service_of(service).hosts.size());
    work.trace = trace_;
    work.id = random_.next() | 1U;
    work.parent = parent;
    work.name = std::move(name);
    work.kind = kind;
    work.start_ns = start;
    activity_.work.push_back(std::move(work));
    return {activity_.work.size() - 1, service, start};
  }

  /// A span of the same process below the run's.
  Run begin_below(const Run& run, std::string name, SpanKind kind) {
    const Work& above = activity_.work[run.index];
    const std::size_t host = above.host;
    Run below = begin(run.service, std::move(name), kind, above.id, run.now_ns);
    activity_.work[below.index].host = host;
    return below;
  }

  void end(const Run& run) {
    Work& work = activity_.work[run.index];
    work.duration_ns = run.now_ns - work.start_ns;
    work.is_error = run.status >= 500;
    if (work.kind == SpanKind::kServer) work.http_status = run.status;
    if (run.failure != FailureKind::kNone) work.failure = make_failure(run.failure, random_);
  }

  void add(const Run& run, std::string_view key, Value value) {
    activity_.work[run.index].attributes.emplace_back(key, std::move(value));
  }

  /// A message from within a task.
  void note(const Run& run, std::string text) {
    const Work& work = activity_.work[run.index];
    activity_.notices.push_back({work.service,
                                 work.host,
                                 run.now_ns,
                                 std::move(text),
                                 true,
                                 trace_,
                                 work.id,
                                 {{"articles", std::to_string(2 + random_.below(40))}}});
  }

  void perform(std::span<const Step> steps, Run& run) {
    for (const Step& step : steps) {
      if (!random_.chance(step.probability)) continue;
      switch (step.kind) {
        case StepKind::kQuery:
          query(step, run);
          break;
        case StepKind::kCache:
          ask_cache(step, run);
          break;
        case StepKind::kCall:
          call(step, run);
          break;
        case StepKind::kProvider:
          ask_provider(step, run);
          break;
        case StepKind::kRender:
          pass(begin_below(run, std::string(step.what), SpanKind::kInternal), step.median_ms, run);
          break;
        case StepKind::kPublish:
          publish(step, run);
          break;
      }
      if (run.status != 0) return;
    }
  }

  /// Ends a span that took some time, and brings the run there.
  void pass(Run below, double median_ms, Run& run) {
    below.now_ns += ns_of(random_.log_normal(median_ms, kStepSigma));
    end(below);
    run.now_ns = below.now_ns + ns_of(0.1);
  }

  void query(const Step& step, Run& run) {
    const Service& service = service_of(run.service);
    Run below = begin_below(run, operation_of(step.what) + ' ' + std::string(service.database),
                            SpanKind::kClient);
    add(below, "db.system.name", std::string(service.database_system));
    add(below, "db.namespace", std::string(service.database));
    add(below, "db.query.text", std::string(step.what));
    const bool is_slow =
        run.service == ServiceId::kOrders && timeline_.is_database_slow(run.now_ns);
    if (is_slow && random_.chance(0.06)) {
      below.status = 500;
      run.fail_with(FailureKind::kGoStatementTimeout);
      pass(below, 5000, run);
    } else {
      pass(below, step.median_ms * (is_slow ? kSlowFactor : 1), run);
    }
  }

  void ask_cache(const Step& step, Run& run) {
    const Run below = begin_below(run, operation_of(step.what), SpanKind::kClient);
    add(below, "db.system.name", "redis");
    add(below, "db.query.text", with_number(step.what, random_.below(5000)));
    pass(below, step.median_ms, run);
  }

  void call(const Step& step, Run& run) {
    const Route& route = *find_route(step.what);
    const Service& callee = service_of(route.service);
    const std::string method(route.name.substr(0, route.name.find(' ')));
    Run below = begin_below(run, method, SpanKind::kClient);
    const Run served = serve(route, nullptr, activity_.work[below.index].id,
                             below.now_ns + ns_of(random_.log_normal(0.5, kOwnSigma)));
    below.now_ns = served.now_ns + ns_of(0.3);
    below.status = served.status;
    add(below, "http.request.method", method);
    add(below, "url.full", "http://" + std::string(callee.name) + ":8080" + path_of(route));
    add(below, "server.address", std::string(callee.name));
    add(below, "http.response.status_code", std::int64_t{served.status});
    end(below);
    run.now_ns = below.now_ns;
    if (served.status < 400) return;
    run.status = served.status < 500 ? served.status : 502;
    if (served.status >= 500 && run.service == ServiceId::kGateway)
      run.fail_with(FailureKind::kNodeUpstream);
  }

  void ask_provider(const Step& step, Run& run) {
    Run below = begin_below(run, "POST", SpanKind::kClient);
    const bool is_down = timeline_.is_provider_down(run.now_ns) && random_.chance(0.8);
    add(below, "http.request.method", "POST");
    add(below, "url.full", std::string(step.what));
    add(below, "server.address", "api.payments.example");
    if (is_down) {
      below.status = 504;
      below.now_ns += ns_of(kTimeoutMs);
      add(below, "error.type", "java.net.SocketTimeoutException");
      end(below);
      run.now_ns = below.now_ns;
      run.fail_with(FailureKind::kJavaProviderTimeout);
      return;
    }
    const bool is_declined = random_.chance(kDeclinedRate);
    add(below, "http.response.status_code", std::int64_t{is_declined ? 402 : 201});
    pass(below, step.median_ms, run);
    if (is_declined) run.status = 402;
  }

  void publish(const Step& step, Run& run) {
    const Run below = begin_below(run, std::string(step.what) + " publish", SpanKind::kProducer);
    add(below, "messaging.system", "rabbitmq");
    add(below, "messaging.destination.name", std::string(step.what));
    pass(below, step.median_ms, run);
    run_task(*find_task(step.what), activity_.work[below.index].id,
             run.now_ns + ns_of(random_.log_normal(350, 0.8)));
  }

  int status_when_well(const Route& route) {
    if (route.name == "POST /login") return random_.chance(0.07) ? 401 : 200;
    if (route.name == "GET /products/:id" && random_.chance(0.012)) return 404;
    return route.name.starts_with("POST") ? 201 : 200;
  }

  std::string path_of(const Route& route) {
    const std::string_view path =
        route.path.empty() ? route.name.substr(route.name.find(' ') + 1) : route.path;
    return with_number(path, 1000 + random_.below(9000));
  }

  void describe_request(const Route& route, const Visitor* visitor, Run& run) {
    const std::size_t blank = route.name.find(' ');
    add(run, "http.request.method", std::string(route.name.substr(0, blank)));
    add(run, "http.route", std::string(route.name.substr(blank + 1)));
    add(run, "url.path", path_of(route));
    describe_answer(run);
    if (visitor != nullptr) describe(*visitor, run);
  }

  void describe_answer(const Run& run) {
    add(run, "http.response.status_code", std::int64_t{run.status});
    const double median_bytes = run.status < 400 ? 5200 : 90;
    add(run, "http.response.body.size",
        static_cast<std::int64_t>(random_.log_normal(median_bytes, 0.7)));
  }

  void describe(const Visitor& visitor, const Run& run) {
    add(run, "client.address", visitor.address);
    add(run, "user_agent.original", std::string(visitor.user_agent));
    if (!visitor.user.empty()) add(run, "user.id", visitor.user);
  }

  const Timeline& timeline_;
  Random& random_;
  TraceId trace_;
  Activity activity_;
};

}  // namespace

Activity tell_request(const Timeline& timeline, Random& random, const Route& route,
                      const Visitor& visitor, std::int64_t start_ns) {
  Story story(timeline, random);
  const Run run = story.serve(route, &visitor, 0, start_ns);
  if (route.service == ServiceId::kGateway) story.look_from_browser(route, visitor, run.now_ns);
  return story.take();
}

Activity tell_scan(const Timeline& timeline, Random& random, const Visitor& visitor,
                   std::int64_t start_ns) {
  Story story(timeline, random);
  story.serve_nothing(random.pick(scanned_paths()), visitor, start_ns);
  return story.take();
}

Activity tell_task(const Timeline& timeline, Random& random, const Task& task,
                   std::int64_t start_ns) {
  Story story(timeline, random);
  story.run_task(task, 0, start_ns);
  return story.take();
}

}  // namespace traceway::demo
