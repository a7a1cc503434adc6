#include "http/front/parser.hpp"

#include <algorithm>
#include <utility>

#include "base/hex.hpp"
#include "http/front/ascii.hpp"
#include "http/front/text.hpp"

namespace usher::http {

namespace {

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

// The target as others may log and repeat it: what a client has not escaped is escaped.
std::string escaped(std::string_view target) {
  std::string out;
  out.reserve(target.size());
  for (const char c : target) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      out += c;
    } else {
      out += '%';
      append_hex(out, byte, hex_digits_upper);
    }
  }
  return out;
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

}  // namespace

tl::expected<Request, std::string> parse_request(FramedRequest framed) {
  Request request;
  request.method = std::move(framed.method);
  request.target = std::move(framed.target);
  request.headers = std::move(framed.headers);
  request.body = std::move(framed.body);
  if (!is_ascii(request.target)) {
    if (!is_utf8(request.target))
      return tl::unexpected(std::string("The request target is not UTF-8: percent-encode it"));
    request.target = escaped(request.target);
  }

  const std::string_view target = request.target;
  const auto question = std::min(target.find('?'), target.size());
  auto path = percent_decoded(target.substr(0, question), false);
  if (!path) return tl::unexpected(std::string("Malformed escape in the path"));
  if (path->find('\0') != std::string::npos) return tl::unexpected(std::string("NUL in the path"));
  request.path = std::move(*path);
  if (question < target.size() && !read_query(target.substr(question + 1), request))
    return tl::unexpected(std::string("Malformed escape in the query"));
  return request;
}

}  // namespace usher::http
