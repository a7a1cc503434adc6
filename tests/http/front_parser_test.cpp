// From a framed request to a Request: what is decoded, what is refused, and that another parser
// understands the same.
#include <doctest/doctest.h>
#include <httplib.h>

#include <algorithm>
#include <cstring>

#include "http/front/ascii.hpp"
#include "http/front/parser.hpp"
#include "tests/fuzz/framing_property.hpp"

namespace usher::http {
namespace {

tl::expected<Request, std::string> parse(std::string_view bytes) {
  const FramingLimits limits;
  Framing framing{limits};
  framing.feed(bytes);
  REQUIRE(framing.complete());
  return parse_request(framing.take());
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

TEST_CASE("a target that is not percent-encoded is UTF-8, or an error") {
  const auto request = get("/M\xC3\xBC?q=\xE2\x82\xAC");
  REQUIRE(request);
  CHECK(request->path == "/M\xC3\xBC");
  CHECK(request->query_param("q") == "\xE2\x82\xAC");
  CHECK(request->target == "/M%C3%BC?q=%E2%82%AC");
  CHECK_FALSE(get("/?q=\xFC").has_value());
}

// cpp-httplib reads the same bytes by itself; where it is no more lenient than we are, it must have
// understood the same.
struct Oracle : httplib::Server {
  struct Bytes : httplib::Stream {
    explicit Bytes(std::string_view all) : rest(all) {}
    bool is_readable() const override { return true; }
    bool is_writable() const override { return true; }
    ssize_t read(char* to, std::size_t size) override {
      const auto bytes = std::min(size, rest.size());
      std::memcpy(to, rest.data(), bytes);
      rest.remove_prefix(bytes);
      return static_cast<ssize_t>(bytes);
    }
    ssize_t write(const char*, std::size_t size) override { return static_cast<ssize_t>(size); }
    void get_remote_ip_and_port(std::string&, int&) const override {}
    void get_local_ip_and_port(std::string&, int&) const override {}
    socket_t socket() const override { return INVALID_SOCKET; }
    std::string_view rest;
  };
  Oracle() {
    svr_sock_ = 0;  // otherwise it believes that it is shutting down
    set_pre_routing_handler([this](const httplib::Request& parsed, httplib::Response&) {
      understood = parsed;
      return HandlerResponse::Handled;
    });
  }
  ~Oracle() override { svr_sock_ = INVALID_SOCKET; }
  std::optional<httplib::Request> read(std::string_view bytes) {
    understood.reset();
    Bytes stream{bytes};
    bool closed = false;
    process_request(stream, true, closed, nullptr);
    return understood;
  }
  std::optional<httplib::Request> understood;
};

TEST_CASE("cpp-httplib understands the same requests: seeded") {
  const std::vector<std::string> pieces = {"a", "/", "%41", "%C3%A4", "?", "&",   "=",
                                           "+", "1", "-",   ".",      "~", "x=y", "b"};
  const std::vector<std::string> names = {"Accept", "Cookie", "X-Y", "x-y", "If-Match"};
  Oracle oracle;
  for (std::uint64_t seed = 1; seed <= 2'000; ++seed) {
    CAPTURE(seed);
    testing::Pieces dice{seed};
    std::string target = "/";
    for (std::size_t n = dice.below(12); n > 0; --n) {
      const auto& piece = pieces[dice.below(pieces.size())];
      // It takes one question mark at most; RFC 3986 lets a query have more.
      if (piece != "?" || target.find('?') == std::string::npos) target += piece;
    }
    std::string head =
        (dice.below(2) == 0 ? "GET " : "DELETE ") + target + " HTTP/1.1\r\nHost: h\r\n";
    for (std::size_t n = dice.below(6); n > 0; --n)
      head += names[dice.below(names.size())] + (dice.below(2) == 0 ? ":" : ": ") +
              pieces[dice.below(2) == 0 ? 0 : 8] + std::to_string(n) + "\r\n";
    head += "\r\n";
    CAPTURE(head);
    const auto ours = parse(head);
    const auto theirs = oracle.read(head);
    REQUIRE(ours.has_value());
    REQUIRE(theirs.has_value());
    CHECK(ours->method == theirs->method);
    CHECK(ours->target == theirs->target);
    CHECK(ours->path == theirs->path);
    for (const auto& name : names) {
      std::vector<std::string> our_values;
      for (const auto& [key, value] : ours->headers.entries)
        if (equal_without_case(key, name)) our_values.push_back(value);
      std::vector<std::string> their_values;
      const auto [first, last] = theirs->headers.equal_range(name);
      for (auto each = first; each != last; ++each) their_values.push_back(each->second);
      CHECK(our_values == their_values);
    }
  }
}

}  // namespace
}  // namespace usher::http
