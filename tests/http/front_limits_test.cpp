// Every limit of the front, gone past: what the offender gets, and that others are still served.
#include <doctest/doctest.h>
#include <sys/resource.h>

#include "tests/http/test_front.hpp"

namespace usher::http {
namespace {

using testing::get_wait;
using testing::RawClient;
using testing::TestFront;
using testing::with_limits;

constexpr std::string_view get_hello = "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n";

TEST_CASE("connections_max: one more is closed unread, and there is room again when one ends") {
  TestFront server(with_limits({.connections_max = 2}));
  auto first = server.connect();
  auto second = server.connect();
  CHECK(first.get("/hello").status == 200);
  CHECK(second.get("/hello").status == 200);
  auto third = server.connect();
  CHECK(third.is_closed());
  CHECK(server.front->stats().connections_refused == 1);
  first.close();
  TestFront::wait_until([&] { return server.front->stats().connections == 1; });
  CHECK(server.connect().get("/hello").status == 200);
}

TEST_CASE("connections_per_client_max: other addresses and trusted proxies are not touched") {
  auto options = with_limits({.connections_per_client_max = 1});
  options.trusted_proxies = {"127.0.0.9"};
  TestFront server(options);
  auto first = server.connect("127.0.0.5");
  CHECK(first.get("/hello").status == 200);
  CHECK(server.connect("127.0.0.5").is_closed());
  auto other = server.connect("127.0.0.6");
  CHECK(other.get("/hello").status == 200);
  auto proxy = server.connect("127.0.0.9");
  auto proxy_again = server.connect("127.0.0.9");
  CHECK(proxy.get("/hello").status == 200);
  CHECK(proxy_again.get("/hello").status == 200);
}

TEST_CASE("requests_in_flight_max: one more is 503 with Retry-After and closes") {
  TestFront server(with_limits({.requests_in_flight_max = 1}));
  auto busy = server.connect();
  busy.send(get_wait);
  TestFront::wait_until([&] { return server.gate->waiting == 1; });
  auto refused = server.connect();
  const auto response = refused.get("/hello");
  CHECK(response.status == 503);
  CHECK(response.header("retry-after") == "1");
  CHECK(response.header("connection") == "close");
  CHECK(response.body.starts_with(R"({"errors":[{"message":")"));
  CHECK(refused.is_closed());
  CHECK(server.front->stats().requests_refused == 1);
  server.gate->open = true;
  CHECK(busy.read_response().body == "waited");
  CHECK(server.connect().get("/hello").status == 200);
}

TEST_CASE("requests_in_flight_per_client_max: a client waits for itself, others do not") {
  TestFront server(
      with_limits({.requests_in_flight_max = 4, .requests_in_flight_per_client_max = 2}));
  std::vector<RawClient> greedy;
  for (int i = 0; i < 100; ++i) {
    greedy.push_back(server.connect("127.0.0.5"));
    greedy.back().send(get_wait);
  }
  TestFront::wait_until([&] { return server.front->stats().requests == 100; });
  CHECK(server.gate->waiting == 2);
  auto other = server.connect("127.0.0.6");
  for (int i = 0; i < 10; ++i) CHECK(other.get("/hello").status == 200);
  CHECK(server.front->stats().requests_in_flight == 2);
  server.gate->open = true;
  for (auto& client : greedy) CHECK(client.read_response().body == "waited");
}

TEST_CASE("requests_in_flight_per_client_shared_max: a client is held back once others ask") {
  TestFront server(
      with_limits({.requests_in_flight_per_client_shared_max = 2, .sharing_ms = 3'600'000}));
  std::vector<RawClient> greedy;
  const auto ask = [&](int requests) {
    for (; requests > 0; --requests) {
      greedy.push_back(server.connect("127.0.0.5"));
      greedy.back().send(get_wait);
    }
  };
  ask(20);
  TestFront::wait_until([&] { return server.gate->waiting == 20; });  // alone it may have all
  auto other = server.connect("127.0.0.6");
  CHECK(other.get("/hello").status == 200);
  ask(5);
  TestFront::wait_until([&] { return server.front->stats().requests == 26; });
  for (int i = 0; i < 10; ++i) CHECK(other.get("/hello").status == 200);
  CHECK(server.gate->waiting == 20);
  server.gate->open = true;
  for (auto& client : greedy) CHECK(client.read_response().body == "waited");
}

TEST_CASE("behind a trusted proxy the turns are those of its clients") {
  auto options = with_limits({.requests_in_flight_per_client_max = 1});
  options.trusted_proxies = {"127.0.0.9"};
  TestFront server(options);
  auto busy = server.connect("127.0.0.9");
  busy.send("GET /wait HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 203.0.113.1\r\n\r\n");
  TestFront::wait_until([&] { return server.gate->waiting == 1; });
  auto other = server.connect("127.0.0.9");
  CHECK(other.get("/hello", "X-Forwarded-For: 203.0.113.2\r\n").status == 200);
  server.gate->open = true;
  CHECK(busy.read_response().body == "waited");
}

TEST_CASE("turn_wait_ms_max: who waits too long for a turn gets 429") {
  TestFront server(with_limits({.requests_in_flight_per_client_max = 1, .turn_wait_ms_max = 20}));
  auto busy = server.connect();
  busy.send(get_wait);
  TestFront::wait_until([&] { return server.gate->waiting == 1; });
  auto waiting = server.connect();
  const auto response = waiting.get("/hello");
  CHECK(response.status == 429);
  CHECK(response.header("retry-after") == "1");
  CHECK(waiting.is_closed());
  server.gate->open = true;
  CHECK(busy.read_response().body == "waited");
  CHECK(server.connect().get("/hello").status == 200);
}

TEST_CASE("streams_max: one more is 503, and there is room again when one ends") {
  TestFront server(with_limits({.streams_max = 1}));
  auto first = server.connect();
  first.send("GET /stream HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(first.read_response().status == 200);
  auto second = server.connect();
  const auto refused = second.get("/stream");
  CHECK(refused.status == 503);
  CHECK(refused.header("retry-after") == "1");
  first.close();
  TestFront::wait_until([&] { return server.front->stats().streams == 0; });
  CHECK(server.connect().get("/stream").status == 200);
  CHECK(server.gate->opened == 2);  // and its route hears which was which
  CHECK(server.gate->refused == 1);
}

TEST_CASE("head_time_ms_max: who never finishes a head gets 408, who sends nothing is closed") {
  TestFront server(with_limits({.head_time_ms_max = 50}));
  auto silent = server.connect();
  CHECK(silent.is_closed());
  auto slow = server.connect();
  slow.send("GET /hello HTTP/1.1\r\nHo");
  CHECK(slow.read_response().status == 408);
  CHECK(slow.is_closed());
  CHECK(server.front->stats().timed_out == 2);
}

TEST_CASE("head_time_ms_max: a byte now and then does not renew it") {
  TestFront server(with_limits({.head_time_ms_max = 60}));
  auto slow = server.connect();
  slow.send("GET /hello HTTP/1.1\r\nX: ");
  while (!slow.has_bytes() && slow.send("a"))
    std::this_thread::sleep_for(std::chrono::milliseconds(2));  // a slow client
  CHECK(slow.read_response().status == 408);
}

TEST_CASE("body_time_ms_max: the whole body in that time, and no byte renews it") {
  TestFront server(with_limits({.body_time_ms_max = 60}));
  auto slow = server.connect();
  slow.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 60000\r\n\r\n");
  while (!slow.has_bytes() && slow.send("a"))
    std::this_thread::sleep_for(std::chrono::milliseconds(2));  // a slow client
  const auto response = slow.read_response();
  CHECK(response.status == 408);
  CHECK(response.header("connection") == "close");
}

TEST_CASE("idle_time_ms_max: a connection that is done is closed without a word") {
  TestFront server(with_limits({.idle_time_ms_max = 50}));
  auto idle = server.connect();
  CHECK(idle.get("/hello").status == 200);
  CHECK(idle.is_closed());
}

TEST_CASE("a request that is being answered has no time limit of the connection") {
  TestFront server(with_limits({.head_time_ms_max = 20,
                                .body_time_ms_max = 20,
                                .idle_time_ms_max = 20,
                                .write_stall_ms_max = 1'000}));
  auto client = server.connect();
  client.send(get_wait);
  TestFront::wait_until([&] { return server.gate->waiting == 1; });
  auto other = server.connect();
  CHECK(other.is_closed());  // so several sweeps have passed
  server.gate->open = true;
  CHECK(client.read_response().body == "waited");
}

TEST_CASE("write_stall_ms_max: a reader that takes nothing is cut off") {
  TestFront server(with_limits({.write_stall_ms_max = 100}));
  RawClient stalled(server.port, "127.0.0.1", /*receive_buffer=*/4'096);
  stalled.send("GET /big/50000000 HTTP/1.1\r\nHost: h\r\n\r\n");
  TestFront::wait_until([&] { return server.front->stats().timed_out == 1; });
  TestFront::wait_until([&] { return server.front->stats().connections == 0; });
  CHECK(stalled.read_all().size() < 50'000'000);
  CHECK(server.connect().get("/hello").status == 200);
}

TEST_CASE("linger_ms_max and linger_bytes_max: a refused client that goes on is cut off") {
  TestFront server(with_limits({.linger_ms_max = 50}));
  auto endless = server.connect();
  endless.send("bad\r\n");
  CHECK(endless.read_response().status == 400);
  while (endless.send("more"))
    std::this_thread::sleep_for(std::chrono::milliseconds(2));  // a slow client
  TestFront::wait_until([&] { return server.front->stats().connections == 0; });

  TestFront strict(with_limits({.linger_ms_max = 60'000, .linger_bytes_max = 1'000}));
  auto flooding = strict.connect();
  flooding.send("bad\r\n");
  CHECK(flooding.read_response().status == 400);
  while (flooding.send(std::string(500, 'x'))) {
  }
  TestFront::wait_until([&] { return strict.front->stats().connections == 0; });
}

TEST_CASE("framing limits are the front's options") {
  FrontOptions options;
  options.framing.body_bytes_max = 4;
  options.framing.headers_max = 2;
  options.framing.request_line_bytes_max = 8'000;
  TestFront server(options);
  auto large = server.connect();
  large.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n");
  CHECK(large.read_response().status == 413);
  CHECK(server.connect().get("/hello", "A: b\r\nC: d\r\n").status == 431);
  CHECK(server.connect().get("/" + std::string(9'000, 'a')).status == 414);
}

// The limit is the process's: this test lowers it for a moment.
TEST_CASE("without a free file descriptor accepting pauses, and goes on when there is one") {
  TestFront server(with_limits({.linger_ms_max = 200, .accept_pause_ms = 5}));
  std::vector<RawClient> clients(20);
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
  rlimit low = before;
  constexpr rlim_t free_descriptors = 3;
  const int highest = clients.back().handle();
  low.rlim_cur = static_cast<rlim_t>(highest) + 1 + free_descriptors;
  REQUIRE(setrlimit(RLIMIT_NOFILE, &low) == 0);
  for (auto& client : clients) {
    client.connect(server.port);  // the kernel takes them all
    client.send(get_hello);
  }
  int served = 0;
  for (auto& client : clients) {
    if (client.read_response().body == "hello") ++served;
    client.close();
  }
  REQUIRE(setrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK(served == 20);
}

}  // namespace
}  // namespace usher::http
