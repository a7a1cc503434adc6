// Rules: RFC 9112, read strictly. Every leniency that two servers could understand differently is
// refused, because a request that a proxy ends elsewhere than we do smuggles another one in.
#include "http/front/framing.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "http/front/ascii.hpp"

namespace usher::http {

namespace {

constexpr std::string_view request_line_bad = "Malformed request line";
constexpr std::string_view target_bad = "Malformed request target";
constexpr std::string_view header_bad = "Malformed header";
constexpr std::string_view chunk_bad = "Malformed chunked body";
constexpr std::string_view body_too_large = "Request body is too large";

// Looked up, not worked out: judging characters is most of what a head costs.
struct CharClass {
  std::array<bool, 256> has{};
  explicit constexpr CharClass(bool (*holds)(char)) {
    for (std::size_t byte = 0; byte < has.size(); ++byte)
      has[byte] = holds(static_cast<char>(byte));
  }
};

bool all_of(std::string_view text, const CharClass& chars) {
  return std::all_of(text.begin(), text.end(),
                     [&](char c) { return chars.has[static_cast<unsigned char>(c)]; });
}

constexpr CharClass token_chars{is_token_char};
constexpr CharClass digits{is_digit};

constexpr bool is_field_char(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
}

// Without what a URI may not hold and browsers escape. UTF-8 that a client has not escaped passes,
// as it does at other servers. Escapes are judged by the parser.
constexpr bool is_target_char(char c) {
  if (static_cast<unsigned char>(c) >= 0x80) return true;
  return is_visible(c) && c != '"' && c != '<' && c != '>' && c != '#' && c != '\\';
}

constexpr CharClass field_chars{is_field_char};
constexpr CharClass target_chars{is_target_char};

// No comma: it would be two Hosts that a proxy has joined.
constexpr bool is_reg_name_char(char c) {
  if (is_alpha(c) || is_digit(c)) return true;
  return c != '\0' && std::string_view{"-._~!$&'()*+;=%"}.find(c) != std::string_view::npos;
}

constexpr bool is_address_char(char c) { return hex_value(c) >= 0 || c == ':' || c == '.'; }

constexpr CharClass reg_name_chars{is_reg_name_char};
constexpr CharClass address_chars{is_address_char};

// uri-host [ ":" port ], not empty, without user information.
bool is_authority(std::string_view text) {
  std::string_view host = text;
  std::string_view rest;
  if (!text.empty() && text.front() == '[') {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return false;
    host = text.substr(1, close - 1);
    rest = text.substr(close + 1);
    if (!all_of(host, address_chars)) return false;
  } else {
    const auto colon = text.find(':');
    host = text.substr(0, colon);
    rest = colon == std::string_view::npos ? std::string_view{} : text.substr(colon);
    if (!all_of(host, reg_name_chars)) return false;
  }
  if (host.empty()) return false;
  if (rest.empty()) return true;
  constexpr std::size_t port_digits_max = 5;
  return rest.front() == ':' && rest.size() <= 1 + port_digits_max &&
         all_of(rest.substr(1), digits);
}

struct HeaderLine {
  std::string_view name;
  std::string_view value;
};

// name ":" OWS value OWS. A blank at the start (folding) or before the colon is refused.
std::optional<HeaderLine> split_header(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  const HeaderLine header{line.substr(0, colon), trimmed(line.substr(colon + 1))};
  if (!all_of(header.name, token_chars) || !all_of(header.value, field_chars)) return std::nullopt;
  return header;
}

}  // namespace

std::size_t Framing::feed(std::string_view in) {
  std::size_t used = 0;
  while (used < in.size() && state_ != State::complete && state_ != State::refused) {
    const auto rest = in.substr(used);
    const bool in_data = state_ == State::body || state_ == State::chunk_data;
    used += in_data ? feed_body(rest) : feed_line(rest);
  }
  return used;
}

bool Framing::untouched() const {
  return (state_ == State::leading || state_ == State::request_line) && line_.empty();
}

FramedRequest Framing::take() {
  FramedRequest taken = std::move(request_);
  *this = Framing{*limits_};
  return taken;
}

// A line is too long when its limit has passed without a line end: the same for every split.
std::size_t Framing::feed_line(std::string_view in) {
  const LineLimit limit = line_limit();
  const std::size_t room = limit.bytes - std::min(limit.bytes, line_.size());
  const auto window = in.substr(0, room);
  const auto end = window.find('\n');
  if (end == std::string_view::npos) {
    line_.append(window);
    if (in.size() >= room) refuse(limit.past.status, limit.past.reason);
    return window.size();
  }
  std::string_view line = window.substr(0, end + 1);
  std::string whole;
  if (!line_.empty()) {
    whole = std::move(line_);
    line_.clear();
    whole.append(line);
    line = whole;
  }
  const std::size_t bytes = line.size();
  if (bytes < 2 || line[bytes - 2] != '\r') {
    refuse(400, "A line must end with CRLF");
  } else {
    on_line(line.substr(0, bytes - 2), bytes);
  }
  return end + 1;
}

Framing::LineLimit Framing::line_limit() const {
  const auto left = [](std::size_t max, std::size_t used) { return max - std::min(max, used); };
  const auto stricter = [](LineLimit a, LineLimit b) { return a.bytes <= b.bytes ? a : b; };
  const LineLimit head{left(limits_->head_bytes_max, head_bytes_),
                       {431, "Request headers are too large"}};
  switch (state_) {
    case State::leading:
    case State::request_line:
      return stricter({limits_->request_line_bytes_max, {414, "Request line is too long"}}, head);
    case State::header:
      return head;
    case State::trailer:
      return {left(limits_->trailer_bytes_max, overhead_bytes_), {431, "Trailers are too large"}};
    case State::chunk_end:
      return {2, {400, chunk_bad}};
    default:
      return stricter({limits_->chunk_line_bytes_max, {400, "A chunk's size line is too long"}},
                      {left(limits_->chunk_overhead_bytes_max, overhead_bytes_),
                       {400, "Chunks are too small for their body"}});
  }
}

void Framing::on_line(std::string_view line, std::size_t bytes) {
  switch (state_) {
    case State::leading:
      head_bytes_ += bytes;
      state_ = State::request_line;
      if (!line.empty()) on_request_line(line);
      return;
    case State::request_line:
      head_bytes_ += bytes;
      return on_request_line(line);
    case State::header:
      head_bytes_ += bytes;
      return line.empty() ? on_head_end() : on_header(line);
    case State::chunk_size:
      overhead_bytes_ += bytes;
      return on_chunk_size(line);
    case State::chunk_end:
      if (!line.empty()) return refuse(400, chunk_bad);
      state_ = State::chunk_size;
      return;
    default:
      overhead_bytes_ += bytes;
      return on_trailer(line);
  }
}

void Framing::on_request_line(std::string_view line) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == last || first == 0)
    return refuse(400, request_line_bad);
  const auto method = line.substr(0, first);
  auto target = line.substr(first + 1, last - first - 1);
  const auto version = line.substr(last + 1);
  if (!all_of(method, token_chars)) return refuse(400, request_line_bad);
  if (version.size() != 8 || version.substr(0, 5) != "HTTP/" || !is_digit(version[5]) ||
      version[6] != '.' || !is_digit(version[7]))
    return refuse(400, request_line_bad);
  if (version != "HTTP/1.1" && version != "HTTP/1.0")
    return refuse(505, "HTTP version is not supported");
  if (target.empty() || !all_of(target, target_chars)) return refuse(400, target_bad);
  request_.http_1_0 = version == "HTTP/1.0";
  if (!reduce_target(method, target)) return refuse(400, target_bad);

  request_.method = method;
  if (target.empty() || target.front() == '?') request_.target = '/';
  request_.target += target;
  state_ = State::header;
}

// origin-form stays; absolute-form loses scheme and authority; "*" is for OPTIONS alone.
bool Framing::reduce_target(std::string_view method, std::string_view& target) {
  if (target.front() == '/') return true;
  if (target == "*") return method == "OPTIONS";
  const auto scheme_end = target.find("://");
  if (scheme_end == std::string_view::npos) return false;
  const auto scheme = target.substr(0, scheme_end);
  if (!equal_without_case(scheme, "http") && !equal_without_case(scheme, "https")) return false;
  const auto rest = target.substr(scheme_end + 3);
  const auto authority_end = std::min(rest.find_first_of("/?"), rest.size());
  if (!is_authority(rest.substr(0, authority_end))) return false;
  authority_ = rest.substr(0, authority_end);
  target = rest.substr(authority_end);
  return true;
}

void Framing::on_header(std::string_view line) {
  if (line.front() == ' ' || line.front() == '\t')
    return refuse(400, "Folded headers are not accepted");
  const auto header = split_header(line);
  if (!header) return refuse(400, header_bad);
  if (++headers_ > limits_->headers_max) return refuse(431, "Too many request headers");

  const auto is = [&](std::string_view name) { return equal_without_case(header->name, name); };
  if (is("Content-Length") || is("Transfer-Encoding") || is("Expect"))
    return on_framing_header(header->name, header->value);
  if (is("Host")) {
    if (host_seen_ || !is_authority(header->value)) return refuse(400, "Malformed Host header");
    if (!authority_.empty() && !equal_without_case(authority_, header->value))
      return refuse(400, "Host differs from the request target");
    host_seen_ = true;
  } else if (is("Connection")) {
    connection_close_ |= list_contains(header->value, "close");
    connection_keep_alive_ |= list_contains(header->value, "keep-alive");
  }
  request_.headers.add(std::string(header->name), std::string(header->value));
}

// These say where the body ends, and are not passed on.
void Framing::on_framing_header(std::string_view name, std::string_view value) {
  if (equal_without_case(name, "Content-Length")) return on_content_length(value);
  if (equal_without_case(name, "Expect")) {
    if (!equal_without_case(value, "100-continue")) return refuse(417, "Expectation is not met");
    expects_continue_ = true;
    return;
  }
  if (transfer_encoding_seen_) return refuse(400, "Transfer-Encoding is repeated");
  transfer_encoding_seen_ = true;
  transfer_encoding_chunked_ = equal_without_case(value, "chunked");
}

void Framing::on_content_length(std::string_view value) {
  // Fewer digits than the largest number has: no overflow. No sign, no blank, no list.
  constexpr std::size_t digits_max = std::numeric_limits<std::uint64_t>::digits10;
  if (content_length_seen_) return refuse(400, "Content-Length is repeated");
  if (value.empty() || value.size() > digits_max || !all_of(value, digits))
    return refuse(400, "Malformed Content-Length");
  content_length_seen_ = true;
  for (const char c : value) length_ = length_ * 10 + static_cast<std::uint64_t>(c - '0');
}

void Framing::on_head_end() {
  if (!host_seen_ && !request_.http_1_0) return refuse(400, "Host header is missing");
  if (transfer_encoding_seen_) {
    if (content_length_seen_)
      return refuse(400, "Both Content-Length and Transfer-Encoding are present");
    if (request_.http_1_0) return refuse(400, "HTTP/1.0 has no Transfer-Encoding");
    if (!transfer_encoding_chunked_) return refuse(501, "Transfer-Encoding is not supported");
  }
  if (length_ > limits_->body_bytes_max) return refuse(413, body_too_large);

  request_.keep_alive = !connection_close_ && (!request_.http_1_0 || connection_keep_alive_);
  if (transfer_encoding_chunked_) {
    state_ = State::chunk_size;
  } else {
    state_ = length_ > 0 ? State::body : State::complete;
  }
  wants_continue_ = expects_continue_ && !request_.http_1_0 && state_ != State::complete;
}

std::size_t Framing::feed_body(std::string_view in) {
  wants_continue_ = false;  // it did not wait
  const auto bytes = static_cast<std::size_t>(std::min<std::uint64_t>(length_, in.size()));
  request_.body.append(in.substr(0, bytes));
  length_ -= bytes;
  if (length_ == 0) state_ = state_ == State::body ? State::complete : State::chunk_end;
  return bytes;
}

// chunk-size [ ";" extension ]: extensions are read over, their size is limited.
void Framing::on_chunk_size(std::string_view line) {
  wants_continue_ = false;
  const auto size_digits = line.substr(0, line.find(';'));
  constexpr std::size_t digits_max = 8;
  if (size_digits.empty() || size_digits.size() > digits_max) return refuse(400, chunk_bad);
  std::uint64_t size = 0;
  for (const char c : size_digits) {
    if (hex_value(c) < 0) return refuse(400, chunk_bad);
    size = size * 16 + static_cast<std::uint64_t>(hex_value(c));
  }
  if (!all_of(line.substr(size_digits.size()), field_chars)) return refuse(400, chunk_bad);
  if (size > limits_->body_bytes_max - request_.body.size()) return refuse(413, body_too_large);
  length_ = size;
  if (size > 0) {
    state_ = State::chunk_data;
  } else {
    state_ = State::trailer;
    overhead_bytes_ = 0;
    headers_ = 0;
  }
}

// Trailers are judged like headers and dropped: no route reads one.
void Framing::on_trailer(std::string_view line) {
  if (line.empty()) {
    state_ = State::complete;
    return;
  }
  if (!split_header(line)) return refuse(400, header_bad);
  if (++headers_ > limits_->headers_max) refuse(431, "Too many trailers");
}

void Framing::refuse(int status, std::string_view reason) {
  state_ = State::refused;
  wants_continue_ = false;
  refusal_ = FramingRefusal{status, reason};
  line_ = {};
  request_ = {};
}

}  // namespace usher::http
