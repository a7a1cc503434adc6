#include "http/front/parser.hpp"

#include <httplib.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "http/front/ascii.hpp"

namespace usher::http {

namespace {

// The framed bytes as cpp-httplib reads them; what it answers is not wanted.
class MemoryStream : public httplib::Stream {
 public:
  explicit MemoryStream(std::string_view in) : in_(in) {}
  bool is_readable() const override { return true; }
  bool is_writable() const override { return true; }
  ssize_t read(char* to, std::size_t size) override {
    const auto bytes = std::min(size, in_.size());
    std::memcpy(to, in_.data(), bytes);
    in_.remove_prefix(bytes);
    return static_cast<ssize_t>(bytes);
  }
  ssize_t write(const char*, std::size_t size) override { return static_cast<ssize_t>(size); }
  void get_remote_ip_and_port(std::string&, int&) const override {}
  void get_local_ip_and_port(std::string&, int&) const override {}
  socket_t socket() const override { return INVALID_SOCKET; }

 private:
  std::string_view in_;
};

// cpp-httplib percent-decodes header values (so that "%0d%0a" becomes a line end). Framing lets no
// control character through, so one of them can carry the percent sign past it unharmed.
constexpr char percent_stand_in = '\x01';

// cpp-httplib adds these to the headers; a client's own would look the same.
constexpr std::array<std::string_view, 4> headers_of_httplib = {"REMOTE_ADDR", "REMOTE_PORT",
                                                                "LOCAL_ADDR", "LOCAL_PORT"};

bool is_from_httplib(std::string_view name) {
  return std::any_of(headers_of_httplib.begin(), headers_of_httplib.end(),
                     [&](std::string_view own) { return equal_without_case(own, name); });
}

// The head as cpp-httplib may see it. It answers a Range that it dislikes by itself, after a
// regular expression over the whole value; nothing here serves ranges, so it sees none.
std::string shielded(std::string_view head) {
  const auto line_end = head.find("\r\n") + 2;
  std::string out;
  out.reserve(head.size());
  out.append(head.substr(0, line_end));
  head.remove_prefix(line_end);
  while (!head.empty()) {
    const auto end = head.find("\r\n") + 2;
    const auto line = head.substr(0, end);
    if (!equal_without_case(line.substr(0, 6), "Range:")) {
      const auto start = out.size();
      out.append(line);
      std::replace(out.begin() + static_cast<std::ptrdiff_t>(start), out.end(), '%',
                   percent_stand_in);
    }
    head.remove_prefix(end);
  }
  return out;
}

Headers headers_from(const httplib::Headers& parsed) {
  Headers headers;
  headers.entries.reserve(parsed.size());
  for (const auto& [name, value] : parsed) {
    if (is_from_httplib(name)) continue;
    std::string restored = value;
    std::replace(restored.begin(), restored.end(), percent_stand_in, '%');
    headers.add(name, std::move(restored));
  }
  return headers;
}

bool read_query(std::string_view text, Request& request) {
  while (!text.empty()) {
    const auto end = std::min(text.find('&'), text.size());
    const auto pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (pair.empty()) continue;
    const auto equals = std::min(pair.find('='), pair.size());
    auto name = percent_decoded(pair.substr(0, equals), true);
    auto value = percent_decoded(pair.substr(std::min(equals + 1, pair.size())), true);
    if (!name || !value) return false;
    request.query.emplace_back(std::move(*name), std::move(*value));
  }
  return true;
}

// cpp-httplib decodes leniently ("%zz" stays); so the target is decoded here, strictly.
tl::expected<void, std::string> read_target(Request& request) {
  const std::string_view target = request.target;
  const auto question = std::min(target.find('?'), target.size());
  auto path = percent_decoded(target.substr(0, question), false);
  if (!path) return tl::unexpected(std::string("Malformed escape in the path"));
  if (path->find('\0') != std::string::npos) return tl::unexpected(std::string("NUL in the path"));
  request.path = std::move(*path);
  if (question < target.size() && !read_query(target.substr(question + 1), request))
    return tl::unexpected(std::string("Malformed escape in the query"));
  return {};
}

}  // namespace

// Only the parsing half of httplib::Server: the request is taken out before it is routed.
class Parser::Reader : public httplib::Server {
 public:
  Reader() {
    svr_sock_ = 0;  // otherwise it believes that it is shutting down
    set_pre_routing_handler([this](const httplib::Request& parsed, httplib::Response&) {
      request_ = Request{};
      request_->method = parsed.method;
      request_->target = parsed.target;
      request_->headers = headers_from(parsed.headers);
      return HandlerResponse::Handled;
    });
  }

  ~Reader() override { svr_sock_ = INVALID_SOCKET; }

  std::optional<Request> read(std::string_view head) {
    request_.reset();
    MemoryStream stream{head};
    bool closed = false;
    process_request(stream, /*close_connection=*/true, closed, nullptr);
    return std::move(request_);
  }

 private:
  std::optional<Request> request_;
};

Parser::Parser() : reader_(std::make_unique<Reader>()) {}
Parser::~Parser() = default;

tl::expected<Request, std::string> Parser::parse(FramedRequest framed) {
  auto request = reader_->read(shielded(framed.head));
  if (!request) return tl::unexpected(std::string("Malformed request"));
  request->body = std::move(framed.body);
  if (auto read = read_target(*request); !read) return tl::unexpected(read.error());
  return std::move(*request);
}

}  // namespace usher::http
