#include "bench/load/self_test.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <thread>

#include "bench/load/engine.hpp"
#include "bench/load/process_cost.hpp"
#include "bench/load/scenario.hpp"
#include "bench/load/session.hpp"
#include "bench/load/wire.hpp"

namespace usher::bench {
namespace {

int failures = 0;

void check(bool is_true, const char* fact) {
  if (is_true) return;
  ++failures;
  std::printf("FAILED: %s\n", fact);
}

void test_histogram() {
  Histogram h;
  check(h.at(0.5) == 0 && h.max() == 0, "an empty histogram answers 0");
  for (std::uint64_t i = 1; i <= 100'000; ++i) h.record(i * 1'000);
  const auto near = [](std::uint64_t value, double wanted) {
    return std::abs(static_cast<double>(value) - wanted) <= wanted * 0.008;
  };
  check(near(h.at(0.5), 50e6), "p50 of 1..100,000 us is 50 ms within 0.8 %");
  check(near(h.at(0.99), 99e6), "p99 is 99 ms within 0.8 %");
  check(near(h.at(0.999), 99.9e6), "p99.9 is 99.9 ms within 0.8 %");
  check(h.max() == 100'000'000 && h.at(1) == h.max(), "the maximum is exact");
  check(h.min() == 1'000, "the minimum is exact");
  check(std::abs(h.mean() - 50'000'500) < 1, "the mean is exact");
  Histogram other;
  other.record(500'000'000);
  h.merge(other);
  check(h.count() == 100'001 && h.max() == 500'000'000,
        "merging adds counts and keeps the maximum");
  h.record(UINT64_MAX);
  check(h.max() == Histogram::value_max, "a value past the range counts as the largest");
  bool is_sound = true;
  for (std::uint64_t v = 0; v < 3'000'000; v = v < 1'000 ? v + 1 : v + v / 97) {
    const std::size_t bucket = Histogram::bucket_of(v);
    is_sound = is_sound && v <= Histogram::upper_edge(bucket) &&
               (bucket == 0 || v > Histogram::upper_edge(bucket - 1));
  }
  check(is_sound, "every value lies between its bucket's edges");
}

void test_zipf() {
  constexpr std::size_t n = 1'000, draws = 400'000;
  const Zipf zipf(n, 0.99);
  Random random(42);
  std::vector<std::size_t> seen(n);
  for (std::size_t i = 0; i < draws; ++i) ++seen[zipf.draw(random)];
  double total = 0;
  for (std::size_t i = 1; i <= n; ++i) total += 1 / std::pow(static_cast<double>(i), 0.99);
  const auto is_near = [&](std::size_t i) {
    const double wanted = draws / std::pow(static_cast<double>(i + 1), 0.99) / total;
    return std::abs(static_cast<double>(seen[i]) - wanted) < 5 * std::sqrt(wanted);
  };
  check(is_near(0) && is_near(1) && is_near(9) && is_near(99), "zipf draws follow 1 / rank^0.99");
  Random a(7), b(7);
  bool is_same = true;
  for (int i = 0; i < 100; ++i) is_same = is_same && zipf.draw(a) == zipf.draw(b);
  check(is_same, "the same seed draws the same tickets");
}

void test_schedule() {
  Schedule even(1'000, false, 0, 1);
  for (int i = 0; i < 1'000; ++i) even.advance();
  check(std::llabs(even.due() - 1'000'000'000) < 1'000, "1,000 even arrivals at 1,000/s take 1 s");
  Schedule random(1'000, true, 0, 1);
  for (int i = 0; i < 100'000; ++i) random.advance();
  check(std::abs(static_cast<double>(random.due()) - 100e9) < 2e9,
        "100,000 random arrivals at 1,000/s take about 100 s");
}

void test_wire() {
  Response r;
  check(cut_response("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", r) == Cut::incomplete,
        "a body that is not all there is incomplete");
  check(cut_response("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhelloX", r) == Cut::complete &&
            r.body == "hello" && r.size == 43 && r.keeps_alive,
        "Content-Length says where the body ends");
  check(cut_response("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n", r) == Cut::complete &&
            r.body.empty() && !r.keeps_alive,
        "204 has no body, and close is seen");
  const std::string chunked =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: "
      "chunked\r\n\r\n3\r\nabc\r\na\r\n0123456789\r\n0\r\n\r\n";
  check(cut_response(chunked, r) == Cut::complete && r.size == chunked.size() &&
            body_of(r) == "abc0123456789",
        "chunks are put together");
  bool is_incomplete = true;
  for (std::size_t i = 0; i < chunked.size(); ++i)
    is_incomplete = is_incomplete && cut_response(chunked.substr(0, i), r) == Cut::incomplete;
  check(is_incomplete, "every proper prefix of a chunked response is incomplete");
  check(cut_response("SMTP ready\r\n\r\n", r) == Cut::malformed, "what is not HTTP is refused");

  constexpr std::string_view order =
      R"({"userId":"u","ticket":{"title":"a \"id\":\"x\"","version":3,"id":"inner"},"version":7,"id":"outer"})";
  check(top_level_member(order, "id") == "outer", "the order's id, not its ticket's");
  check(top_level_member(order, "version") == "7", "the order's version, not its ticket's");
  check(top_level_member(order, "price").empty(), "an absent member is empty");
  check(is_loopback("127.0.0.9") && !is_loopback("10.0.0.1") && !is_loopback("localhost.evil"),
        "only loopback addresses are targets");
}

void test_session() {
  // Checked against an independent implementation (Python's hmac).
  check(forge_token("secret", "5f0c5a2b1d3e4f5a6b7c8d9e", "a@b.test", 1'600'000'000) ==
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
            "eyJpZCI6IjVmMGM1YTJiMWQzZTRmNWE2YjdjOGQ5ZSIsImVtYWlsIjoiYUBiLnRlc3QiLCJpYXQiOjE2MDAwMD"
            "AwMDB9."
            "u_a7ltbQvr1_l_Xi0vOKngp9mnzY9zHQkTcM7AXzRXI",
        "a forged token is the one that HS256 demands");
}

// Answers every request after `delay`, and once, on the first connection, after `stall`: a server
// with one thread, so that a stall holds everybody up.
class StallingServer {
 public:
  StallingServer(std::chrono::milliseconds delay, std::size_t stall_at,
                 std::chrono::milliseconds stall)
      : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::listen(listener_, 1) != 0)
      std::perror("listen");
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    target.port = ntohs(address.sin_port);
    thread_ = std::thread([this, delay, stall_at, stall] {
      const int fd = ::accept(listener_, nullptr, nullptr);
      char buffer[4096];
      constexpr std::string_view answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
      for (std::size_t i = 0; ::recv(fd, buffer, sizeof buffer, 0) > 0; ++i) {
        std::this_thread::sleep_for(i == stall_at ? stall : delay);
        if (::send(fd, answer.data(), answer.size(), MSG_NOSIGNAL) < 0) break;
      }
      ::close(fd);
    });
  }
  ~StallingServer() {
    thread_.join();
    ::close(listener_);
  }

  Target target;

 private:
  int listener_;
  std::thread thread_;
};

Tally drive_constant(const Target& target, double rate) {
  World world;
  world.target = target;
  const auto scenario = find_scenario("constant")->make(world, {});
  std::vector<std::unique_ptr<Script>> scripts;
  scripts.push_back(scenario->client(0));
  Plan plan;
  plan.labels = scenario->labels();
  plan.rate = rate;
  plan.poisson = false;
  plan.measured = std::chrono::milliseconds(1'000);
  return run(target, scripts, plan);
}

void test_coordinated_omission() {
  using std::chrono::milliseconds;
  // 200 operations a second over one connection; one of them stalls the server for 400 ms. About
  // 80 others were due meanwhile and had to wait: a third of all. A loader that only times its
  // requests would see a single slow one.
  StallingServer server(milliseconds(0), 20, milliseconds(400));
  const Tally tally = drive_constant(server.target, 200);
  check(tally.is_clean() && tally.operation.count() >= 190, "all that was due has been answered");
  check(tally.operation.at(0.9) > 150'000'000,
        "those that were due during the stall count as late");
  check(tally.request[0].at(0.9) < 150'000'000, "though only one request was slow");
}

void test_overload_is_seen() {
  using std::chrono::milliseconds;
  // At most 50 a second are possible, 500 are asked for: nearly all are late, and none is
  // forgotten.
  StallingServer server(milliseconds(20), SIZE_MAX, milliseconds(0));
  const Tally tally = drive_constant(server.target, 500);
  check(tally.operation.count() >= 480 && tally.never_started > 100,
        "operations that never got a connection are counted");
  check(tally.operation.at(0.5) > 1'000'000'000, "and their waiting is");
}

void test_absent_server() {
  Target closed;
  {
    const StallingServer server(std::chrono::milliseconds(0), SIZE_MAX, {});
    closed = server.target;
    ::close(connect_to(closed));  // its one connection; its port is closed after that
  }
  World world;
  world.target = closed;
  const auto scenario = find_scenario("constant")->make(world, {});
  std::vector<std::unique_ptr<Script>> scripts;
  scripts.push_back(scenario->client(0));
  Plan plan;
  plan.labels = scenario->labels();
  plan.request_timeout = std::chrono::milliseconds(100);
  const Tally tally = run(closed, scripts, plan);
  check(tally.answered == 0 && tally.refused > 0 && !tally.is_clean(),
        "a run without an end gives up on a server that is not there");
}

void test_cost() {
  const ProcessCost before = cost_of({::getpid()});
  volatile double sink = 0;
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(100);
  while (std::chrono::steady_clock::now() < end) sink = sink + std::sqrt(2.0);
  const ProcessCost after = cost_of({::getpid()});
  check(after.cpu_user_seconds + after.cpu_system_seconds >
            before.cpu_user_seconds + before.cpu_system_seconds,
        "CPU time of a process grows with its work");
  check(after.resident_bytes > 0 && after.threads >= 1 && after.processes >= 1,
        "memory, threads and processes are read");
}

}  // namespace

int self_test() {
  failures = 0;
  test_histogram();
  test_zipf();
  test_schedule();
  test_wire();
  test_session();
  test_coordinated_omission();
  test_overload_is_seen();
  test_absent_server();
  test_cost();
  std::printf(failures == 0 ? "usher-load self-test: all checks passed\n"
                            : "usher-load self-test: %d checks failed\n",
              failures);
  return failures;
}

}  // namespace usher::bench
