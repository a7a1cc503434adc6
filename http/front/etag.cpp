#include "http/front/etag.hpp"

#include <cstdint>
#include <functional>

#include "base/hex.hpp"
#include "http/front/ascii.hpp"

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

bool names_etag(std::string_view if_none_match, std::string_view etag) {
  if (trimmed(if_none_match) == "*") return true;
  while (!if_none_match.empty())
    if (without_weakness(take_tag(if_none_match)) == without_weakness(etag)) return true;
  return false;
}

}  // namespace usher::http
