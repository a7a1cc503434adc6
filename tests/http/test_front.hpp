// A front with a few small routes, for tests over sockets.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

#include "http/front/front.hpp"
#include "tests/http/raw_client.hpp"
#include "tests/support/eventually.hpp"

namespace usher::http::testing {

// Handlers wait here until the test lets them go on.
struct Gate {
  std::atomic<bool> open{false};
  std::atomic<int> waiting{0};
  std::atomic<int> opened{0};   // streams, as their route was told
  std::atomic<int> refused{0};  // likewise
};

struct Seen {
  std::string method, pattern, target, client, id;
  int status;
  std::size_t bytes_in, bytes_out;
};

inline asio::awaitable<Response> hello(const Request&) {
  Response response;
  response.header("Content-Type", "text/plain");
  response.body = "hello";
  co_return response;
}

// What the front has understood, one line each.
inline asio::awaitable<Response> echo(const Request& request) {
  Response response;
  response.body = request.method + " " + request.path + "\nclient " + request.client + "\nsecure " +
                  (request.secure ? "yes" : "no") + "\nbody " + request.body;
  co_return response;
}

inline asio::awaitable<Response> fail(const Request&) {
  throw std::runtime_error("a bug in a route");
  co_return Response{};
}

inline asio::awaitable<Response> wait_at(std::shared_ptr<Gate> gate) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  ++gate->waiting;
  while (!gate->open) {
    timer.expires_after(std::chrono::milliseconds(1));
    asio::error_code ignored;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  --gate->waiting;
  Response response;
  response.body = "waited";
  co_return response;
}

inline asio::awaitable<Response> big(const Request& request) {
  Response response;
  response.body.assign(std::stoul(std::string(request.path_param("bytes"))), 'x');
  co_return response;
}

inline asio::awaitable<Response> no_content(const Request&) {
  Response response;
  response.status = 204;
  response.body = "must not be sent";
  co_return response;
}

inline asio::awaitable<Response> split_header(const Request&) {
  Response response;
  response.header("X-Bad", "a\r\nX-Injected: b").header("Content-Length", "999");
  response.header("X-Good", "c");
  co_return response;
}

inline asio::awaitable<Response> stream(std::shared_ptr<Gate> gate, const Request& request) {
  OpenStream opened;
  if (const auto user = request.query_param("user")) opened.filter.user = *user;
  if (const auto after = request.query_param("after")) opened.after = parse_cursor(*after);
  if (const auto ends_in = request.query_param("ends_in_ms"))
    opened.ends_in_ms = std::stoll(std::string(*ends_in));
  if (request.query_param("ends_with_gate"))
    opened.has_ended = [gate] { return gate->open.load(); };
  opened.answered = [gate](int status) { ++(status == 200 ? gate->opened : gate->refused); };
  Response response;
  response.stream = std::move(opened);
  co_return response;
}

// What was published, as the journal would tell it, until it cannot be read. Any thread.
class Past {
 public:
  void become_unreadable() {
    const std::lock_guard lock(mutex_);
    readable_ = false;
  }
  void add(PublicEvent event) {
    const std::lock_guard lock(mutex_);
    events_.push_back(std::move(event));
  }
  [[nodiscard]] std::optional<ReplayPage> page(FeedCursor after, std::size_t limit) const {
    const std::lock_guard lock(mutex_);
    if (!readable_) return std::nullopt;
    ReplayPage page{{}, after};
    page.other_history = after.seq > 0 && (events_.empty() || after.seq > events_.back().seq);
    auto next = std::ranges::upper_bound(events_, after.seq, {}, &PublicEvent::seq);
    for (; next != events_.end() && page.events.size() < limit; ++next) {
      page.events.push_back(*next);
      page.through = {next->seq, next->mark};
    }
    return page;
  }

 private:
  mutable std::mutex mutex_;
  bool readable_ = true;
  std::vector<PublicEvent> events_;  // in the order of their seqs
};

struct TestFront {
  explicit TestFront(FrontOptions wanted = {}, EventStreamOptions stream_options = {})
      : streams(std::make_shared<EventStreams>(
            stream_options, FeedCursor{},
            [past = past](FeedCursor after, std::size_t limit,
                          const std::function<void(std::optional<ReplayPage>)>& done) {
              done(past->page(after, limit));
            })) {
    Router router;
    router.on("GET", "/hello", hello)
        .on("POST", "/hello", hello)
        .on("GET", "/echo", echo)
        .on("POST", "/echo", echo)
        .on("GET", "/fail", fail)
        .on("GET", "/wait", [gate = gate](const Request&) { return wait_at(gate); })
        .on("GET", "/big/:bytes", big)
        .on("GET", "/empty", no_content)
        .on("GET", "/split", split_header)
        .on("GET", "/stream",
            [gate = gate](const Request& request) { return stream(gate, request); });
    if (wanted.io_threads == 0) wanted.io_threads = 2;
    wanted.on_request = [this](const RequestSeen& request) {
      const std::lock_guard lock(mutex);
      seen.push_back({std::string(request.method), std::string(request.pattern),
                      std::string(request.target), std::string(request.client),
                      std::string(request.id), request.status, request.bytes_in,
                      request.bytes_out});
    };
    front = std::make_unique<Front>(std::move(wanted), std::move(router), streams);
    const auto started = front->start();
    REQUIRE_MESSAGE(started.has_value(), (started ? "" : started.error()));
    port = front->ports().at(0);
  }
  ~TestFront() { gate->open = true; }

  [[nodiscard]] RawClient connect(const std::string& from = "127.0.0.1") const {
    return RawClient(port, from);
  }
  template <typename Condition>
  static void wait_until(Condition condition) {
    REQUIRE(usher::testing::eventually(std::move(condition)));
  }
  std::vector<Seen> requests_seen() {
    const std::lock_guard lock(mutex);
    return seen;
  }

  std::mutex mutex;
  std::vector<Seen> seen;
  std::shared_ptr<Gate> gate = std::make_shared<Gate>();
  std::shared_ptr<Past> past = std::make_shared<Past>();  // before streams, which read it
  std::shared_ptr<EventStreams> streams;
  std::unique_ptr<Front> front;
  std::uint16_t port = 0;
};

// A request that is answered when TestFront::gate opens.
inline constexpr std::string_view get_wait = "GET /wait HTTP/1.1\r\nHost: h\r\n\r\n";

inline FrontOptions with_limits(FrontLimits limits, std::size_t io_threads = 1) {
  limits.sweep_ms = 10;
  FrontOptions options;
  options.limits = limits;
  options.io_threads = io_threads;
  return options;
}

}  // namespace usher::http::testing
