// Event streams over sockets: what a browser's EventSource sees.
#include <doctest/doctest.h>

#include "tests/http/test_front.hpp"

namespace usher::http {
namespace {

using testing::RawClient;
using testing::TestFront;
using testing::with_limits;

PublicEvent event(PublicSeq seq, std::optional<std::string> audience = std::nullopt) {
  return {.seq = seq,
          .subject = "ticket:created",
          .data = "{\"n\":" + std::to_string(seq) + "}",
          .audience = std::move(audience)};
}

std::string sent(PublicSeq seq) { return as_sent(event(seq))->bytes; }

void publish(const TestFront& server, PublicSeq seq,
             std::optional<std::string> audience = std::nullopt) {
  const PublicEvent one = event(seq, std::move(audience));
  server.past->add(one);
  server.streams->publish({seq, one.mark}, [&] { return std::vector{one}; });
}

RawClient open(const TestFront& server, const std::string& query = "", int receive_buffer = 0) {
  RawClient client(server.port, "127.0.0.1", receive_buffer);
  client.send("GET /stream" + query + " HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto head = client.read_response();
  REQUIRE(head.status == 200);
  CHECK(head.header("content-type") == "text/event-stream");
  CHECK(head.header("cache-control") == "no-store");
  CHECK(head.header("x-accel-buffering") == "no");
  CHECK(head.header("content-length").empty());
  CHECK(client.read_until("\n\n") == "retry: 2000\n\n");
  return client;
}

TEST_CASE("a stream gets what it missed and then what happens, on every io thread") {
  FrontOptions options;
  options.io_threads = 3;
  TestFront server(options);
  for (PublicSeq seq = 1; seq <= 3; ++seq) publish(server, seq);
  std::vector<RawClient> clients;
  for (int i = 0; i < 6; ++i) clients.push_back(open(server, "?after=1"));
  for (PublicSeq seq = 4; seq <= 6; ++seq) publish(server, seq);
  std::string expected;
  for (PublicSeq seq = 2; seq <= 6; ++seq) expected += sent(seq);
  for (auto& client : clients) CHECK(client.read_bytes(expected.size()) == expected);
  CHECK(server.front->stats().streams == 6);
}

TEST_CASE("a user's stream shows that user's events, a stranger's does not") {
  TestFront server;
  auto bob = open(server, "?user=bob&after=0");
  auto anyone = open(server, "?after=0");
  publish(server, 1, "bob");
  publish(server, 2);
  CHECK(bob.read_bytes(sent(1).size() + sent(2).size()) == sent(1) + sent(2));
  CHECK(anyone.read_bytes(sent(2).size()) == sent(2));
}

TEST_CASE("events are published while streams come and go, none is lost and none comes twice") {
  TestFront server;
  constexpr PublicSeq events = 3'000;
  std::thread journal([&] {
    for (PublicSeq seq = 1; seq <= events; ++seq) publish(server, seq);
  });
  std::vector<std::thread> users;
  std::atomic<int> complete{0};
  for (int user = 0; user < 4; ++user) {
    users.emplace_back([&] {
      PublicSeq seen = 0;
      while (seen < events) {
        auto client = open(server, "?after=" + std::to_string(seen));
        // Goes away after some events, in the middle of whatever is on its way.
        for (int i = 0; i < 700 && seen < events; ++i) {
          if (client.read_until("\n\n") != sent(seen + 1)) return;
          ++seen;
        }
      }
      ++complete;
    });
  }
  for (auto& user : users) user.join();
  journal.join();
  CHECK(complete == 4);
}

TEST_CASE(
    "the first stream of an empty history stays open, and so does one that has lost its place") {
  TestFront server(with_limits({}), {.heartbeat_ms = 20});
  auto first = open(server, "?after=0");
  CHECK(first.read_until("\n\n") == ":\n\n");
  auto lost = open(server, "?after=41-00000000");
  std::string told = lost.read_until("\n\n");
  while (told == ":\n\n") told = lost.read_until("\n\n");
  CHECK(told == "id: 0\nevent: reset\ndata: {}\n\n");
  CHECK(lost.read_until("\n\n") == ":\n\n");
}

TEST_CASE("a stream ends when what let its client in does, and shows nothing that comes later") {
  TestFront server(with_limits({}));
  auto ending = open(server, "?user=bob&ends_in_ms=50");
  auto staying = open(server, "?user=bob");
  CHECK(ending.read_all().starts_with("retry: "));  // a hint to come back, and the end
  publish(server, 1, "bob");
  CHECK(staying.read_until("\n\n") == sent(1));

  auto late = open(server, "?user=bob&ends_in_ms=0");
  publish(server, 2, "bob");
  CHECK(late.read_all().find("event:") == std::string::npos);
  CHECK(staying.read_until("\n\n") == sent(2));
}

TEST_CASE("a stream ends within a sweep when the session that opened it is over") {
  TestFront server(with_limits({}));
  auto ending = open(server, "?user=bob&ends_with_gate=1");
  auto staying = open(server, "?user=bob");
  publish(server, 1, "bob");
  CHECK(ending.read_until("\n\n") == sent(1));
  CHECK(staying.read_until("\n\n") == sent(1));
  server.gate->open = true;
  CHECK(ending.read_all().starts_with("retry: "));
  publish(server, 2, "bob");
  CHECK(staying.read_until("\n\n") == sent(2));
}

TEST_CASE("a silent stream gets a comment now and then") {
  TestFront server(with_limits({}), {.heartbeat_ms = 20});
  auto client = open(server);
  for (int i = 0; i < 3; ++i) CHECK(client.read_until("\n\n") == ":\n\n");
  publish(server, 1);
  std::string next;
  do {
    next = client.read_until("\n\n");
  } while (next == ":\n\n");
  CHECK(next == sent(1));
}

TEST_CASE("a reader that takes nothing loses its stream; it resumes where it was") {
  TestFront server(with_limits({.stream_socket_buffer_bytes = 4'096}),
                   {.ring_events = 100'000, .stream_buffer_bytes_max = 10'000});
  auto quick = open(server, "?after=0");
  auto slow = open(server, "?after=0", /*receive_buffer=*/2'048);
  PublicSeq seq = 0;
  while (server.front->stats().streams_overflowed == 0) {
    publish(server, ++seq);
    REQUIRE(quick.read_until("\n\n") == sent(seq));
  }
  const std::string got = slow.read_all();
  PublicSeq seen = 0;
  std::size_t at = 0;
  while (got.compare(at, sent(seen + 1).size(), sent(seen + 1)) == 0) {
    ++seen;
    at += sent(seen).size();
  }
  CHECK(seen < seq);
  auto resumed = open(server, "?after=" + std::to_string(seen));
  while (seen < seq) REQUIRE(resumed.read_until("\n\n") == sent(++seen));
}

TEST_CASE("a stream whose socket stalls is cut off") {
  TestFront server(with_limits({.write_stall_ms_max = 100, .stream_socket_buffer_bytes = 4'096}),
                   {.ring_events = 100'000, .replay_page_events = 10'000});
  for (PublicSeq seq = 1; seq <= 20'000; ++seq) publish(server, seq);
  auto stalled = open(server, "?after=0", /*receive_buffer=*/2'048);
  TestFront::wait_until([&] { return server.front->stats().streams == 0; });
  CHECK(server.front->stats().timed_out == 1);
}

TEST_CASE("a stream whose past cannot be read ends with a hint when to come back") {
  TestFront server;
  for (PublicSeq seq = 1; seq <= 3; ++seq) publish(server, seq);  // while nobody listens
  server.past->become_unreadable();
  auto client = server.connect();
  client.send("GET /stream?after=0 HTTP/1.1\r\nHost: h\r\n\r\n");
  const std::string all = client.read_all();
  CHECK(all.find("id: ") == std::string::npos);
  CHECK(all.find("retry: ") != all.rfind("retry: "));  // at the start, and again at the end
}

TEST_CASE("a client that closes frees its stream; what it sends is ignored") {
  TestFront server;
  auto client = open(server);
  client.send("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n");
  publish(server, 1);
  CHECK(client.read_until("\n\n") == sent(1));
  client.close();
  TestFront::wait_until([&] { return server.front->stats().streams == 0; });
  TestFront::wait_until([&] { return server.front->stats().connections == 0; });
  publish(server, 2);
  CHECK(server.connect().get("/hello").status == 200);
}

TEST_CASE("HEAD of a stream is its head alone") {
  TestFront server;
  auto client = server.connect();
  client.send("HEAD /stream HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(client.read_response(false).status == 200);
  CHECK(client.get("/hello").body == "hello");
  CHECK(server.front->stats().streams == 0);
}

TEST_CASE("streams end on stop, after what was published, with a hint when to come back") {
  TestFront server;
  auto client = open(server, "?after=0");
  publish(server, 1);
  CHECK(client.read_until("\n\n") == sent(1));
  server.front->stop();
  const std::string rest = client.read_all();
  CHECK(rest.starts_with("retry: "));
  CHECK(rest.ends_with("\n\n"));
  const auto retry_ms = std::stoll(rest.substr(7));
  CHECK(retry_ms >= 2'000);
  CHECK(retry_ms < 4'000);  // spread over one more interval
  publish(server, 2);       // to nobody
  CHECK(server.front->stats().streams == 0);
}

}  // namespace
}  // namespace usher::http
