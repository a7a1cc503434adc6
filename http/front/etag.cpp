#include "http/front/etag.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <utility>

#include "base/hex.hpp"
#include "http/front/ascii.hpp"
#include "http/front/errors.hpp"

namespace usher::http {

std::string hex_hash(std::string_view content) {
  return to_hex(std::uint64_t{std::hash<std::string_view>{}(content)});
}

std::string content_etag(std::string_view content) {
  return '"' + std::to_string(content.size()) + '-' + hex_hash(content) + '"';
}

std::string_view without_weakness(std::string_view tag) {
  if (tag.substr(0, 2) == "W/") tag.remove_prefix(2);
  return tag;
}

std::string_view take_tag(std::string_view& list) {
  bool quoted = false;
  std::size_t end = 0;
  for (; end < list.size() && (quoted || list[end] != ','); ++end)
    if (list[end] == '"') quoted = !quoted;
  const auto tag = trimmed(list.substr(0, end));
  list.remove_prefix(end < list.size() ? end + 1 : end);
  return tag;
}

bool is_etag_list(std::string_view list) {
  if (trimmed(list) == "*") return true;
  bool is_any = false;
  while (!trimmed(list).empty()) {
    auto tag = take_tag(list);
    if (tag.empty()) continue;  // lists may have empty elements
    tag = without_weakness(tag);
    if (tag.size() < 2 || tag.front() != '"' || tag.back() != '"') return false;
    const auto inside = tag.substr(1, tag.size() - 2);
    if (!std::all_of(inside.begin(), inside.end(), [](char c) {
          return c == '!' || (c >= '#' && c <= '~') || static_cast<unsigned char>(c) >= 0x80;
        }))
      return false;
    is_any = true;
  }
  return is_any;
}

bool names_etag(std::string_view list, std::string_view etag) {
  if (trimmed(list) == "*") return true;
  while (!list.empty())
    if (without_weakness(take_tag(list)) == without_weakness(etag)) return true;
  return false;
}

void apply_preconditions(const Request& request, Response& response) {
  const auto etag = response.headers.find("ETag");
  if (response.status != 200 || !etag) return;
  const auto wanted = request.headers.joined("If-Match");
  if (wanted && !is_etag_list(*wanted)) {
    response = error_response(400, "If-Match must be * or name entity tags, such as \"3\"");
    return;
  }
  const bool failed = wanted && !names_etag(*wanted, *etag);
  const auto known = request.headers.joined("If-None-Match");
  if (!failed && (!known || !names_etag(*known, *etag))) return;
  response.status = failed ? 412 : 304;
  response.body.clear();
  response.shared_body = nullptr;
  std::erase_if(response.headers.entries, [](const auto& header) {
    return equal_without_case(header.first, "Content-Type") ||
           equal_without_case(header.first, "Content-Encoding");
  });
  if (!failed) return;
  auto error = error_response(412, "It is not what If-Match names");
  response.errors = std::move(error.errors);
  for (auto& [name, value] : error.headers.entries) response.header(name, value);
}

}  // namespace usher::http
