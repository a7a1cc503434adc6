// Framing: where a request begins and ends, and everything that is refused because two servers
// could read it differently.
#include "http/front/framing.hpp"

#include <doctest/doctest.h>

#include "tests/fuzz/framing_property.hpp"

namespace usher::http {
namespace {

using testing::FramingResult;

FramingResult frame(std::string_view bytes, const FramingLimits& limits = {}) {
  return testing::frame_all(limits, bytes, [&] { return bytes.size(); });
}

// The status of the refusal; 0 when nothing was refused.
int refused(std::string_view bytes, const FramingLimits& limits = {}) {
  const auto result = frame(bytes, limits);
  return result.refusal ? result.refusal->status : 0;
}

std::string get(std::string_view headers) {
  return "GET / HTTP/1.1\r\nHost: h\r\n" + std::string(headers) + "\r\n";
}

std::string post(std::string_view headers, std::string_view body) {
  return "POST / HTTP/1.1\r\nHost: h\r\n" + std::string(headers) + "\r\n" + std::string(body);
}

std::string with_host(std::string_view host) {
  return "GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n";
}

std::string with_target(std::string_view method, std::string_view target) {
  return std::string(method) + " " + std::string(target) + " HTTP/1.1\r\nHost: h.org\r\n\r\n";
}

TEST_CASE("a request without a body ends at the empty line") {
  const auto result = frame("GET /a?b=c HTTP/1.1\r\nHost: h:80\r\nX-Y:  z \r\n\r\n");
  REQUIRE(result.requests.size() == 1);
  CHECK(testing::head_of(result.requests[0]) ==
        "GET /a?b=c HTTP/1.1\r\nHost: h:80\r\nX-Y: z\r\n\r\n");
  CHECK(result.requests[0].body.empty());
  CHECK(result.untouched);
}

TEST_CASE("a body ends after Content-Length bytes, and the next request begins there") {
  const auto result = frame(post("Content-Length: 5\r\n", "hello") + get(""));
  REQUIRE(result.requests.size() == 2);
  CHECK(result.requests[0].body == "hello");
  CHECK(testing::head_of(result.requests[0]) == "POST / HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(testing::head_of(result.requests[1]) == "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
}

TEST_CASE("an incomplete request is neither complete nor refused") {
  for (const auto& bytes : {std::string("GET / HT"), std::string("GET / HTTP/1.1\r\nHost: h\r\n"),
                            post("Content-Length: 5\r\n", "hell"),
                            post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n")}) {
    CAPTURE(bytes);
    const auto result = frame(bytes);
    CHECK(result.requests.empty());
    CHECK_FALSE(result.refusal.has_value());
    CHECK_FALSE(result.untouched);
  }
}

TEST_CASE("chunked coding is removed, extensions and trailers are dropped") {
  const auto result = frame(post("Transfer-Encoding: Chunked\r\n",
                                 "5\r\nhello\r\n00006;name=\"v\"\r\n world\r\n0\r\nT: x\r\n\r\n") +
                            get(""));
  REQUIRE(result.requests.size() == 2);
  CHECK(result.requests[0].body == "hello world");
  CHECK(testing::head_of(result.requests[0]) == "POST / HTTP/1.1\r\nHost: h\r\n\r\n");
}

TEST_CASE("a length that is given twice, or in two ways, is refused") {
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  CHECK(refused(post("Content-Length: 5\r\n" + chunked, "")) == 400);
  CHECK(refused(post(chunked + "Content-Length: 5\r\n", "")) == 400);
  CHECK(refused(post("Content-Length: 5\r\nContent-Length: 6\r\n", "")) == 400);
  CHECK(refused(post("Content-Length: 5\r\ncontent-length: 5\r\n", "")) == 400);
  CHECK(refused(post("Content-Length: 5, 6\r\n", "")) == 400);
  CHECK(refused(post("Content-Length: 5, 5\r\n", "")) == 400);
  CHECK(refused(post(chunked + chunked, "")) == 400);
}

TEST_CASE("Content-Length is digits only") {
  for (const std::string value :
       {"", "+5", "-5", "5 5", "0x5", "5.0", "five", "5;", "\"5\"", "99999999999999999999"}) {
    CAPTURE(value);
    CHECK(refused(post("Content-Length: " + value + "\r\n", "")) == 400);
  }
  CHECK(refused(post("Content-Length: 0\r\n", "")) == 0);
  CHECK(refused(post("Content-Length: 05\r\n", "")) == 0);
}

TEST_CASE("Transfer-Encoding is exactly chunked, and only in HTTP/1.1") {
  for (const std::string value : {"gzip", "gzip, chunked", "chunked, chunked", "identity",
                                  "xchunked", "chunked;q=1", "", "\"chunked\""}) {
    CAPTURE(value);
    CHECK(refused(post("Transfer-Encoding: " + value + "\r\n", "")) == 501);
  }
  CHECK(refused("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n") == 400);
  CHECK(refused(post("Transfer-Encoding\r\n", "")) == 400);
  CHECK(refused(post("Transfer-Encoding : chunked\r\n", "")) == 400);
}

TEST_CASE("lines end with CRLF: a bare LF or CR is refused") {
  CHECK(refused("GET / HTTP/1.1\nHost: h\r\n\r\n") == 400);
  CHECK(refused("GET / HTTP/1.1\r\nHost: h\n\r\n") == 400);
  CHECK(refused("GET / HTTP/1.1\r\nHost: h\r\n\n") == 400);
  CHECK(refused("GET / HTTP/1.1\r\nHost: h\rX: y\r\n\r\n") == 400);
  CHECK(refused("\n") == 400);
  CHECK(refused(post("Transfer-Encoding: chunked\r\n", "5\nhello\r\n0\r\n\r\n")) == 400);
  CHECK(refused(post("Transfer-Encoding: chunked\r\n", "5\r\nhello\n0\r\n\r\n")) == 400);
}

TEST_CASE("folded headers, control characters and malformed names are refused") {
  CHECK(refused(get("X: a\r\n b\r\n")) == 400);
  CHECK(refused(get("X: a\r\n\tb\r\n")) == 400);
  CHECK(refused("GET / HTTP/1.1\r\n Host: h\r\n\r\n") == 400);
  CHECK(refused(get(std::string("X: a\0b\r\n", 8))) == 400);
  CHECK(refused(get("X: a\x01\r\n")) == 400);
  CHECK(refused(get("X: a\x7f\r\n")) == 400);
  CHECK(refused(get(std::string("X\0: a\r\n", 7))) == 400);
  CHECK(refused(get("X : a\r\n")) == 400);
  CHECK(refused(get("X\t: a\r\n")) == 400);
  CHECK(refused(get(": a\r\n")) == 400);
  CHECK(refused(get("X\r\n")) == 400);
  CHECK(refused(get("X(y): a\r\n")) == 400);
  CHECK(refused(get("X: \xc3\xa4\t\r\n")) == 0);  // bytes above ASCII are opaque
}

TEST_CASE("HTTP/1.1 needs exactly one well-formed Host") {
  CHECK(refused("GET / HTTP/1.1\r\n\r\n") == 400);
  CHECK(refused(get("Host: h\r\n")) == 400);
  CHECK(refused(get("host: other\r\n")) == 400);
  for (const std::string host : {"", "a b", "user@h", "h/", "h:port", "h:123456", "[::1", "h:80:80",
                                 "a,b", "h?x", "[g]", "[]", ":80", "[::1]x"}) {
    CAPTURE(host);
    CHECK(refused(with_host(host)) == 400);
  }
  for (const std::string host :
       {"h", "h:", "h:8080", "127.0.0.1:1", "[::1]", "[::1]:80", "a-b.c_d"}) {
    CAPTURE(host);
    CHECK(refused(with_host(host)) == 0);
  }
  CHECK(refused("GET / HTTP/1.0\r\n\r\n") == 0);
  CHECK(refused("GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n") == 400);
}

TEST_CASE("a request line is method, target and version, with single blanks") {
  for (const std::string line :
       {"GET", "GET /", "GET  / HTTP/1.1", "GET / HTTP/1.1 ", " GET / HTTP/1.1", "GET\t/\tHTTP/1.1",
        "GET / http/1.1", "GET / HTTP/1.10", "GET / HTTP/11", "GET / HTTP/1.x", "G(T / HTTP/1.1",
        "GET /a b HTTP/1.1", "GET /a\x01 HTTP/1.1", "GET /a#b HTTP/1.1", "GET /<a> HTTP/1.1",
        "GET /a\\b HTTP/1.1", "GET / HTTP/1.1\t", "GET  HTTP/1.1"}) {
    CAPTURE(line);
    CHECK(refused(std::string(line) + "\r\nHost: h\r\n\r\n") == 400);
  }
}

TEST_CASE("only HTTP/1.0 and HTTP/1.1 are spoken") {
  CHECK(refused("GET / HTTP/2.0\r\n\r\n") == 505);
  CHECK(refused("GET / HTTP/1.2\r\n\r\n") == 505);
  CHECK(refused("GET / HTTP/0.9\r\n\r\n") == 505);
  CHECK(refused("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") == 505);
}

TEST_CASE("which methods there are is not framing's to say; a tunnel is no request") {
  for (const std::string method : {"CONNECT", "TRACE", "BREW", "get", "PROPFIND"}) {
    CAPTURE(method);
    const auto result = frame(with_target(method, "/"));
    REQUIRE(result.requests.size() == 1);
    CHECK(result.requests[0].method == method);
  }
  CHECK(refused("CONNECT h:80 HTTP/1.1\r\nHost: h:80\r\n\r\n") == 400);
}

TEST_CASE("a header that is there but empty is there") {
  const auto result = frame("GET / HTTP/1.1\r\nHost: h\r\nIf-Match:\r\nX-Y: \t \r\n\r\n");
  REQUIRE(result.requests.size() == 1);
  CHECK(result.requests[0].headers.find("If-Match") == "");
  CHECK(result.requests[0].headers.find("X-Y") == "");
}

TEST_CASE("one header may be as long as the whole head") {
  const std::string cookie = "Cookie: " + std::string(32'000, 'c') + "\r\n";
  const auto result = frame("GET / HTTP/1.1\r\nHost: h\r\n" + cookie + "\r\n");
  REQUIRE(result.requests.size() == 1);
  CHECK(result.requests[0].headers.find("Cookie")->size() == 32'000);
}

TEST_CASE("an absolute target is reduced to its path; its authority obeys Host's rules") {
  const auto reduced = [](std::string_view target) {
    const auto result = frame(with_target("GET", target));
    if (result.requests.empty()) return std::string("refused");
    return result.requests[0].target;
  };
  CHECK(reduced("http://h.org/a?b=c") == "/a?b=c");
  CHECK(reduced("HTTPS://H.ORG/a") == "/a");
  CHECK(reduced("http://h.org") == "/");
  CHECK(reduced("http://h.org?b") == "/?b");
  CHECK(reduced("/a://b") == "/a://b");
  for (const std::string target :
       {"http://other.org/", "http://u@h.org/", "http:///a", "ftp://h.org/", "http:/h.org/",
        "h.org/a", "http://h.org:x/", "http://", "://h.org/", "?a", "*a"}) {
    CAPTURE(target);
    CHECK(reduced(target) == "refused");
  }
}

TEST_CASE("the asterisk is a target of OPTIONS alone") {
  CHECK(refused(with_target("OPTIONS", "*")) == 0);
  CHECK(refused(with_target("GET", "*")) == 400);
}

TEST_CASE("one empty line before a request is tolerated, a second is not") {
  CHECK(frame("\r\n" + get("")).requests.size() == 1);
  CHECK(frame("\r\n" + get("") + "\r\n" + get("")).requests.size() == 2);
  CHECK(refused("\r\n\r\n" + get("")) == 400);
  CHECK(frame(get("") + "\r\n").untouched);
}

TEST_CASE("keep-alive is asked for by HTTP/1.1 unless it says close, by HTTP/1.0 if it says so") {
  const auto keeps = [](std::string_view bytes) { return frame(bytes).requests.at(0).keep_alive; };
  CHECK(keeps(get("")));
  CHECK_FALSE(keeps(get("Connection: close\r\n")));
  CHECK_FALSE(keeps(get("Connection: x, Close\r\n")));
  CHECK_FALSE(keeps(get("Connection: keep-alive\r\nConnection: close\r\n")));
  CHECK_FALSE(keeps("GET / HTTP/1.0\r\n\r\n"));
  CHECK(keeps("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"));
}

TEST_CASE("a client that waits for 100-continue is seen, one that sends its body is not stopped") {
  const FramingLimits limits;
  const std::string head = post("Expect: 100-continue\r\nContent-Length: 2\r\n", "");
  Framing framing{limits};
  framing.feed(head);
  CHECK(framing.wants_continue());
  framing.continue_sent();
  CHECK_FALSE(framing.wants_continue());
  framing.feed("ok");
  CHECK(framing.complete());
  CHECK(framing.take().headers.find("Expect") == std::nullopt);

  framing.feed(head + "o");
  CHECK_FALSE(framing.wants_continue());
  Framing no_body{limits};
  no_body.feed(get("Expect: 100-continue\r\n"));
  CHECK(no_body.complete());
  CHECK_FALSE(no_body.wants_continue());
  Framing old{limits};
  old.feed("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  CHECK_FALSE(old.wants_continue());
  CHECK(refused(get("Expect: magic\r\n")) == 417);
}

TEST_CASE("a body that is too large is refused before it is read") {
  const FramingLimits limits{.body_bytes_max = 10};
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  CHECK(refused(post("Content-Length: 10\r\n", "0123456789"), limits) == 0);
  CHECK(refused(post("Content-Length: 11\r\n", ""), limits) == 413);
  CHECK(refused(post(chunked, "a\r\n0123456789\r\n0\r\n\r\n"), limits) == 0);
  CHECK(refused(post(chunked, "b\r\n"), limits) == 413);
  CHECK(refused(post(chunked, "6\r\n012345\r\n5\r\n"), limits) == 413);
  CHECK(refused(post(chunked, "ffffffff\r\n"), limits) == 413);
}

TEST_CASE("every limit on a head: one byte less passes") {
  const std::string line = "GET /aaaa HTTP/1.1\r\n";
  const std::string bytes = line + "Host: h\r\nX: y\r\n\r\n";
  CHECK(refused(bytes, {.request_line_bytes_max = line.size()}) == 0);
  CHECK(refused(bytes, {.request_line_bytes_max = line.size() - 1}) == 414);
  CHECK(refused(bytes, {.head_bytes_max = bytes.size()}) == 0);
  CHECK(refused(bytes, {.head_bytes_max = bytes.size() - 1}) == 431);
  CHECK(refused(bytes, {.headers_max = 2}) == 0);
  CHECK(refused(bytes, {.headers_max = 1}) == 431);
  const std::size_t line_max = FramingLimits{}.request_line_bytes_max;
  CHECK(refused(std::string(line_max, 'a')) == 414);  // an endless line without its end
  CHECK(refused(std::string(line_max - 1, 'a')) == 0);
}

TEST_CASE("every limit on chunked coding") {
  const std::string head = "Transfer-Encoding: chunked\r\n";
  const auto chunks = [&](std::string_view body, const FramingLimits& limits) {
    return refused(post(head, body), limits);
  };
  CHECK(chunks("1;abc\r\nx\r\n0\r\n\r\n", {.chunk_line_bytes_max = 7}) == 0);
  CHECK(chunks("1;abc\r\nx\r\n0\r\n\r\n", {.chunk_line_bytes_max = 6}) == 400);
  CHECK(chunks("1\r\nx\r\n1\r\nx\r\n0\r\n\r\n", {.chunk_overhead_bytes_max = 9}) == 0);
  CHECK(chunks("1\r\nx\r\n1\r\nx\r\n0\r\n\r\n", {.chunk_overhead_bytes_max = 8}) == 400);
  CHECK(chunks("0\r\nA: b\r\n\r\n", {.trailer_bytes_max = 8}) == 0);
  CHECK(chunks("0\r\nA: b\r\n\r\n", {.trailer_bytes_max = 7}) == 431);
  CHECK(chunks("0\r\nA: b\r\nC: d\r\nE: f\r\n\r\n", {.headers_max = 3}) == 0);
  CHECK(chunks("0\r\nA: b\r\nC: d\r\nE: f\r\n\r\n", {.headers_max = 2}) == 431);
}

TEST_CASE("malformed chunks are refused") {
  for (const std::string body :
       {"\r\n", "x\r\n", "-1\r\n", "+1\r\n", " 1\r\n", "1 \r\n", "0x1\r\n", "1 ;a\r\n", ";a\r\n",
        "123456789\r\n", "1\r\nxy\r\n", "1\r\nx\r", "1\r\nxx", "1;\x01\r\n", "0\r\n folded\r\n",
        "0\r\nbad\r\n", "0\r\nA : b\r\n"}) {
    CAPTURE(body);
    const int status = refused(post("Transfer-Encoding: chunked\r\n", std::string(body) + "zz"));
    CHECK(status == 400);
  }
}

TEST_CASE("the result does not depend on how the bytes are split: seeded inputs") {
  const std::string fragments[] = {
      "GET / HTTP/1.1\r\n",
      "POST /x?y HTTP/1.1\r\n",
      "OPTIONS * HTTP/1.1\r\n",
      "GET http://h/ HTTP/1.0\r\n",
      "Host: h\r\n",
      "Content-Length: 5\r\n",
      "Transfer-Encoding: chunked\r\n",
      "Expect: 100-continue\r\n",
      "Connection: close\r\n",
      "\r\n",
      "hello",
      "5\r\nhello\r\n",
      "0\r\n",
      "\n",
      "\r",
      " ",
      std::string(1, '\0'),
      "X: y\r\n",
      "3;ext\r\nabc\r\n",
      "long-header-name-that-fills: the limit of a small head line\r\n"};
  const FramingLimits small{.request_line_bytes_max = 40,
                            .head_bytes_max = 120,
                            .headers_max = 5,
                            .body_bytes_max = 12,
                            .chunk_line_bytes_max = 8,
                            .chunk_overhead_bytes_max = 16,
                            .trailer_bytes_max = 16};
  std::size_t complete = 0;
  std::size_t refusals = 0;
  for (std::uint64_t seed = 1; seed <= 20'000; ++seed) {
    CAPTURE(seed);
    testing::Pieces pieces{seed};
    std::string bytes = pieces.below(2) == 0 ? get("") : post("Content-Length: 5\r\n", "hello");
    if (pieces.below(3) == 0) bytes = fragments[pieces.below(4)] + "Host: h\r\n";
    for (std::size_t n = pieces.below(10); n > 0; --n)
      bytes += fragments[pieces.below(std::size(fragments))];
    if (pieces.below(4) == 0) bytes[pieces.below(bytes.size())] ^= static_cast<char>(pieces.next());
    REQUIRE(testing::framing_property_holds(bytes, seed,
                                            pieces.below(2) == 0 ? small : FramingLimits{}));
    const auto result = frame(bytes);
    complete += result.requests.size();
    refusals += result.refusal ? 1 : 0;
  }
  CHECK(complete > 10'000);  // the inputs reach both outcomes
  CHECK(refusals > 5'000);
}

}  // namespace
}  // namespace usher::http
