// From a framed request to a Request, through cpp-httplib and past its habits.
#include <doctest/doctest.h>

#include "http/front/parser.hpp"

namespace usher::http {
namespace {

tl::expected<Request, std::string> parse(std::string_view bytes) {
  const FramingLimits limits;
  Framing framing{limits};
  framing.feed(bytes);
  REQUIRE(framing.complete());
  static Parser parser;  // as on an io thread: one for many requests
  return parser.parse(framing.take());
}

tl::expected<Request, std::string> get(std::string_view target, std::string_view headers = "") {
  return parse("GET " + std::string(target) + " HTTP/1.1\r\nHost: h\r\n" + std::string(headers) +
               "\r\n");
}

TEST_CASE("method, target, headers and body arrive") {
  const auto request = parse(
      "PUT /api/tickets/7 HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
      "Content-Length: 2\r\n\r\n{}");
  REQUIRE(request);
  CHECK(request->method == "PUT");
  CHECK(request->target == "/api/tickets/7");
  CHECK(request->path == "/api/tickets/7");
  CHECK(request->headers.find("content-type") == "application/json");
  CHECK(request->headers.find("host") == "h");
  CHECK(request->body == "{}");
}

TEST_CASE("path and query are percent-decoded, the target is kept as sent") {
  const auto request = get("/a%20b/%C3%A4+c?x=1&y=a+b%26c&x=2&flag&=e&&z=a=b");
  REQUIRE(request);
  CHECK(request->path == "/a b/\xc3\xa4+c");
  CHECK(request->target == "/a%20b/%C3%A4+c?x=1&y=a+b%26c&x=2&flag&=e&&z=a=b");
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"x", "1"}, {"y", "a b&c"}, {"x", "2"}, {"flag", ""}, {"", "e"}, {"z", "a=b"}};
  CHECK(request->query == expected);
  CHECK(request->query_param("x") == "1");
  CHECK_FALSE(request->query_param("w").has_value());
}

TEST_CASE("half an escape, or a NUL in the path, is an error") {
  for (const std::string target : {"/%", "/%4", "/%zz", "/%u0041", "/?a=%", "/?%4", "/a%00b"}) {
    CAPTURE(target);
    CHECK_FALSE(get(target).has_value());
  }
}

TEST_CASE("header values arrive byte for byte: no escape in them is decoded") {
  const auto request = get("/", "Cookie: a=%41%0d%0aX; b=100%\r\nX-Other: \xc3\xa4\r\n");
  REQUIRE(request);
  CHECK(request->headers.find("cookie") == "a=%41%0d%0aX; b=100%");
  CHECK(request->headers.find("x-other") == "\xc3\xa4");
}

TEST_CASE("a repeated header stays repeated, in order") {
  const auto request = get("/", "X-Forwarded-For: a\r\nB: c\r\nX-Forwarded-For: d\r\n");
  REQUIRE(request);
  std::vector<std::string> values;
  for (const auto& [name, value] : request->headers.entries)
    if (name == "X-Forwarded-For") values.push_back(value);
  CHECK(values == std::vector<std::string>{"a", "d"});
}

TEST_CASE("what cpp-httplib would add or answer by itself does not show") {
  const auto request =
      get("/", "Range: bytes=9-1\r\nREMOTE_ADDR: 1.2.3.4\r\nContent-Encoding: gzip\r\n");
  REQUIRE(request);
  CHECK_FALSE(request->headers.find("REMOTE_ADDR").has_value());
  CHECK_FALSE(request->headers.find("Range").has_value());
  CHECK(request->headers.entries.size() == 2);
  CHECK(parse("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n")->path == "*");
}

TEST_CASE("the longest head that framing accepts is parsed") {
  const std::string value(FramingLimits::line_bytes_max - std::string("Cookie: \r\n").size(), '%');
  const std::string path(FramingLimits::line_bytes_max - std::string("GET / HTTP/1.1\r\n").size(),
                         'a');
  const FramingLimits limits{.head_bytes_max = 20'000};
  Framing framing{limits};
  framing.feed("GET /" + path + " HTTP/1.1\r\nHost: h\r\nCookie: " + value + "\r\n\r\n");
  REQUIRE(framing.complete());
  Parser parser;
  const auto request = parser.parse(framing.take());
  REQUIRE(request);
  CHECK(request->path == "/" + path);
  CHECK(request->headers.find("cookie") == value);
}

}  // namespace
}  // namespace usher::http
