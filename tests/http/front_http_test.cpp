// HTTP over a socket: what a client gets for what it sends, byte by byte.
#include <doctest/doctest.h>

#include "tests/http/test_front.hpp"

namespace usher::http {
namespace {

using testing::TestFront;

constexpr std::string_view get_hello = "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n";

TEST_CASE("a request is answered, with length, date and request id, and the connection stays") {
  TestFront server;
  auto client = server.connect();
  for (int i = 0; i < 3; ++i) {
    const auto response = client.get("/hello");
    CHECK(response.status == 200);
    CHECK(response.body == "hello");
    CHECK(response.header("content-length") == "5");
    CHECK(response.header("content-type") == "text/plain");
    CHECK(response.header("date").size() == std::string("Sun, 06 Nov 1994 08:49:37 GMT").size());
    CHECK(response.header("x-request-id").size() == 16);
    CHECK(response.header("connection").empty());
  }
}

TEST_CASE("bytes may arrive one by one") {
  TestFront server;
  auto client = server.connect();
  const std::string_view request =
      "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n";
  for (const char c : request) REQUIRE(client.send({&c, 1}));
  CHECK(client.read_response().body.ends_with("body abcd"));
}

TEST_CASE("pipelined requests are answered in order") {
  TestFront server;
  auto client = server.connect();
  std::string requests;
  for (int i = 0; i < 200; ++i)
    requests +=
        "GET /echo?n HTTP/1.1\r\nHost: h\r\n\r\nPOST /echo HTTP/1.1\r\nHost: h\r\n"
        "Content-Length: 3\r\n\r\n" +
        std::to_string(100 + i);
  requests += "GET /wait HTTP/1.1\r\nHost: h\r\n\r\n" + std::string(get_hello);
  server.gate->open = true;
  client.send(requests);
  for (int i = 0; i < 200; ++i) {
    CHECK(client.read_response().body.starts_with("GET /echo"));
    CHECK(client.read_response().body.ends_with("body " + std::to_string(100 + i)));
  }
  CHECK(client.read_response().body == "waited");
  CHECK(client.read_response().body == "hello");
}

TEST_CASE("HEAD is GET without the body; OPTIONS and wrong methods name what is allowed") {
  TestFront server;
  auto client = server.connect();
  client.send("HEAD /hello HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto head = client.read_response(/*has_body=*/false);
  CHECK(head.status == 200);
  CHECK(head.header("content-length") == "5");
  client.send("OPTIONS /hello HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto options = client.read_response();
  CHECK(options.status == 204);
  CHECK(options.header("allow") == "GET, HEAD, OPTIONS, POST");
  CHECK(options.header("content-length").empty());
  client.send("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(client.read_response().status == 204);
  client.send("DELETE /hello HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto wrong = client.read_response();
  CHECK(wrong.status == 405);
  CHECK(wrong.header("allow") == "GET, HEAD, OPTIONS, POST");
  CHECK(wrong.body ==
        R"({"errors":[{"message":"Method Not Allowed","code":"method_not_allowed"}]})");
  client.send("BREW /hello HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto unheard_of = client.read_response();
  CHECK(unheard_of.status == 405);
  CHECK(unheard_of.header("allow") == "GET, HEAD, OPTIONS, POST");
  client.send("BREW /nothing HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(client.read_response().status == 404);
}

TEST_CASE("for clients of the course's services a wrong method is 404, and no error has a code") {
  FrontOptions options;
  options.error_codes = false;
  options.names_methods = false;
  TestFront server(options);
  auto client = server.connect();
  for (const std::string method : {"DELETE", "BREW"}) {
    client.send(method + " /hello HTTP/1.1\r\nHost: h\r\n\r\n");
    const auto wrong = client.read_response();
    CHECK(wrong.status == 404);
    CHECK(wrong.header("allow").empty());
    CHECK(wrong.body == R"({"errors":[{"message":"Not Found"}]})");
  }
  client.send("GET /hello HTTP/1.1\r\n\r\n");
  CHECK(client.read_response().body == R"({"errors":[{"message":"Host header is missing"}]})");
}

TEST_CASE("a target that nobody has percent-encoded is read as UTF-8, and logged encoded") {
  TestFront server;
  auto client = server.connect();
  client.send("GET /echo?q=M\xC3\xBCnchen HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(client.read_response().status == 200);
  TestFront::wait_until([&] { return !server.requests_seen().empty(); });
  CHECK(server.requests_seen().back().target == "/echo?q=M%C3%BCnchen");
  client.send("GET /echo?q=M\xFCnchen HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto latin_1 = client.read_response();
  CHECK(latin_1.status == 400);
  CHECK(latin_1.body.find("percent-encode it") != std::string::npos);
}

TEST_CASE("an unknown path is 404, a route's exception 500, both in the contract's shape") {
  TestFront server;
  auto client = server.connect();
  const auto unknown = client.get("/nothing");
  CHECK(unknown.status == 404);
  CHECK(unknown.header("content-type") == "application/json; charset=utf-8");
  CHECK(unknown.body == R"({"errors":[{"message":"Not Found","code":"not_found"}]})");
  const auto failed = client.get("/fail");
  CHECK(failed.status == 500);
  CHECK(failed.body.starts_with(R"({"errors":[{"message":)"));
  CHECK(failed.body.find("bug") == std::string::npos);  // inner texts are for the log
  CHECK(client.get("/hello").status == 200);
}

TEST_CASE("204 has no body and no length") {
  TestFront server;
  auto client = server.connect();
  const auto empty = client.get("/empty");
  CHECK(empty.status == 204);
  CHECK(empty.header("content-length").empty());
  CHECK(client.get("/hello").body == "hello");  // nothing of it stood in between
}

TEST_CASE("HTTP/1.0 closes unless it asks to stay") {
  TestFront server;
  auto closing = server.connect();
  closing.send("GET /hello HTTP/1.0\r\n\r\n");
  const auto once = closing.read_response();
  CHECK(once.body == "hello");
  CHECK(once.header("connection") == "close");
  CHECK(closing.is_closed());

  auto staying = server.connect();
  for (int i = 0; i < 2; ++i) {
    staying.send("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    CHECK(staying.read_response().header("connection") == "keep-alive");
  }
}

TEST_CASE("Connection: close is obeyed, and what was pipelined behind it is not answered") {
  TestFront server;
  auto client = server.connect();
  client.send("GET /hello HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n" +
              std::string(get_hello));
  CHECK(client.read_response().header("connection") == "close");
  CHECK(client.is_closed());
}

TEST_CASE("a client that has ended its sending still gets its answer") {
  TestFront server;
  auto client = server.connect();
  client.send(get_hello);
  client.end_sending();
  CHECK(client.read_response().body == "hello");
  CHECK(client.is_closed());
}

TEST_CASE("Expect: 100-continue is answered before the body, or with a refusal") {
  TestFront server;
  auto client = server.connect();
  client.send(
      "POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  CHECK(client.read_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("ok");
  CHECK(client.read_response().body.ends_with("body ok"));
  client.send(
      "POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 99999999\r\n\r\n");
  CHECK(client.read_response().status == 413);
  CHECK(client.is_closed());
}

TEST_CASE("absolute targets are served like their paths") {
  TestFront server;
  auto client = server.connect();
  client.send("GET http://h/echo?x HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(client.read_response().body.starts_with("GET /echo\n"));
}

TEST_CASE("what framing or parsing refuses is answered in the contract's shape and closes") {
  TestFront server;
  struct Case {
    std::string_view bytes;
    int status;
  };
  for (const auto& [bytes, status] : {
           Case{"GET /hello HTTP/1.1\r\n\r\n", 400}, Case{"GET /hello HTTP/1.1\nHost: h\n\n", 400},
           Case{"GET /hello HTTP/3.0\r\nHost: h\r\n\r\n", 505},
           Case{"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n", 501},
           Case{"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
                400},
           Case{"GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n", 400},
           Case{"GET /a%00b HTTP/1.1\r\nHost: h\r\n\r\n", 400},
           Case{"\x16\x03\x01\x02\n", 400},  // TLS on a plain port
       }) {
    CAPTURE(std::string(bytes));
    auto client = server.connect();
    client.send(bytes);
    client.send(get_hello);  // smuggled behind it: must not be answered
    const auto response = client.read_response();
    CHECK(response.status == status);
    CHECK(response.header("connection") == "close");
    CHECK(response.body.starts_with(R"({"errors":[{"message":")"));
    CHECK(client.is_closed());
  }
}

TEST_CASE("a refusal reaches the client though it is still sending") {
  TestFront server;
  auto client = server.connect();
  client.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 900000\r\n\r\n");
  client.send(std::string(900'000, 'x'));
  CHECK(client.read_response().status == 413);
  CHECK(client.is_closed());
}

TEST_CASE("a large answer reaches a slow reader whole") {
  TestFront server;
  testing::RawClient client(server.port, "127.0.0.1", /*receive_buffer=*/4'096);
  const auto response = client.get("/big/3000000");
  CHECK(response.body.size() == 3'000'000);
  CHECK(client.get("/hello").body == "hello");
}

TEST_CASE("a request id is taken over when it is well-formed, else drawn") {
  TestFront server;
  auto client = server.connect();
  const auto id = [&](const std::string& sent) {
    return client.get("/hello", "X-Request-Id: " + sent + "\r\n").header("x-request-id");
  };
  const std::string longest(64, 'a');
  CHECK(id("abc-1.2_X") == "abc-1.2_X");
  CHECK(id(longest) == longest);
  for (const std::string& bad : {longest + "a", std::string("a b"), std::string("<x>")}) {
    CHECK(id(bad) != bad);
    CHECK(id(bad).size() == 16);
  }
  CHECK(id("") != id(""));
}

TEST_CASE("a header value with a line end in it is not sent, nor a route's own length") {
  TestFront server;
  auto client = server.connect();
  const auto response = client.get("/split");
  CHECK(response.header("x-injected").empty());
  CHECK(response.header("x-bad").empty());
  CHECK(response.header("x-good") == "c");
  CHECK(response.header("content-length") == "0");
}

TEST_CASE("only a trusted proxy may say who the client is") {
  FrontOptions options;
  options.trusted_proxies = {"127.0.0.64/26", "10.0.0.0/8"};
  TestFront server(options);
  const std::string forwarded =
      "X-Forwarded-For: 1.1.1.1, 203.0.113.7, 10.1.2.3\r\nX-Forwarded-Proto: https\r\n";
  auto stranger = server.connect("127.0.0.1");
  CHECK(stranger.get("/echo", forwarded).body.find("client 127.0.0.1\nsecure no") !=
        std::string::npos);
  auto proxy = server.connect("127.0.0.65");
  CHECK(proxy.get("/echo", forwarded).body.find("client 203.0.113.7\nsecure yes") !=
        std::string::npos);
  CHECK(proxy.get("/echo").body.find("client 127.0.0.65\nsecure no") != std::string::npos);
  CHECK(proxy.get("/echo", "X-Forwarded-For: [2001:db8::1]:443\r\n")
            .body.find("client 2001:db8::1\n") != std::string::npos);
  CHECK(proxy.get("/echo", "X-Forwarded-For: 1.2.3.4, unknown\r\n")
            .body.find("client 127.0.0.65\n") != std::string::npos);
}

TEST_CASE("the hook sees every request once, also refused ones") {
  TestFront server;
  auto client = server.connect();
  client.get("/big/10?x=1", "X-Request-Id: r1\r\n");
  client.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc");
  client.read_response();
  client.get("/nothing");
  client.send("bad\r\n");
  CHECK(client.read_response().status == 400);
  TestFront::wait_until([&] { return server.requests_seen().size() == 4; });
  const auto seen = server.requests_seen();
  CHECK(seen[0].method == "GET");
  CHECK(seen[0].pattern == "/big/:bytes");
  CHECK(seen[0].target == "/big/10?x=1");
  CHECK(seen[0].status == 200);
  CHECK(seen[0].client == "127.0.0.1");
  CHECK(seen[0].id == "r1");
  CHECK(seen[0].bytes_out > 10);
  CHECK(seen[1].bytes_in == 3);
  CHECK(seen[2].pattern == "(refused)");
  CHECK(seen[2].status == 404);
  CHECK(seen[3].pattern == "(refused)");
  CHECK(seen[3].status == 400);
  CHECK(server.front->stats().requests == 3);
}

TEST_CASE("many connections on several threads each get their own answers") {
  FrontOptions options;
  options.io_threads = 3;
  TestFront server(options);
  std::vector<std::thread> users;
  std::atomic<int> right{0};
  for (int user = 0; user < 8; ++user) {
    users.emplace_back([&, user] {
      for (int i = 0; i < 20; ++i) {
        auto client = server.connect();
        for (int n = 0; n < 10; ++n) {
          const std::string body = std::to_string(user) + "-" + std::to_string(i * 10 + n);
          client.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: " +
                      std::to_string(body.size()) + "\r\n\r\n" + body);
          if (client.read_response().body.ends_with("body " + body)) ++right;
        }
      }
    });
  }
  for (auto& user : users) user.join();
  CHECK(right == 8 * 20 * 10);
  TestFront::wait_until([&] { return server.front->stats().connections == 0; });
}

}  // namespace
}  // namespace usher::http
