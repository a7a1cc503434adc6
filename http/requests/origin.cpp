#include "http/requests/origin.hpp"

#include <algorithm>

#include "http/front/ascii.hpp"

namespace usher::http {
namespace {

struct Origin {
  std::string_view scheme;
  std::string_view authority;
};

std::optional<Origin> origin_from(std::string_view text) {
  const auto colon = text.find("://");
  if (colon == std::string_view::npos) return std::nullopt;  // "null" among others
  const Origin origin{text.substr(0, colon), text.substr(colon + 3)};
  const bool is_web =
      equal_without_case(origin.scheme, "http") || equal_without_case(origin.scheme, "https");
  if (!is_web || origin.authority.empty()) return std::nullopt;
  if (origin.authority.find_first_of("/?#@ ") != std::string_view::npos) return std::nullopt;
  return origin;
}

std::string_view without_default_port(std::string_view authority, std::string_view scheme) {
  const std::string_view port = equal_without_case(scheme, "https") ? ":443" : ":80";
  return authority.ends_with(port) ? authority.substr(0, authority.size() - port.size())
                                   : authority;
}

bool is_ours(const Origin& origin, const Request& request) {
  const auto host = request.headers.find("Host");
  if (!host) return false;
  // Behind a proxy that does not say so we can't know that it speaks TLS; over TLS nobody else
  // than a page that came over TLS may act.
  if (request.secure && !equal_without_case(origin.scheme, "https")) return false;
  return equal_without_case(without_default_port(origin.authority, origin.scheme),
                            without_default_port(*host, origin.scheme));
}

bool is_read(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "OPTIONS";
}

}  // namespace

bool is_foreign(const OriginRules& rules, const Request& request) {
  if (!rules.is_checked || is_read(request.method)) return false;
  const auto text = request.headers.find("Origin");
  const auto is_allowed = [&](std::string_view origin) {
    return std::any_of(rules.further.begin(), rules.further.end(),
                       [&](const std::string& each) { return equal_without_case(each, origin); });
  };
  if (text && is_allowed(*text)) return false;
  // No script can set this one, and no proxy has a reason to.
  if (const auto site = request.headers.find("Sec-Fetch-Site"))
    return !equal_without_case(*site, "same-origin") && !equal_without_case(*site, "none");
  if (!text) return false;
  const auto origin = origin_from(*text);
  return !origin || !is_ours(*origin, request);
}

}  // namespace usher::http
