// Look-ups on requests and headers: linear, because a request has few of each.
#include "http/front/message.hpp"

#include "http/front/ascii.hpp"

namespace usher::http {

namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

std::optional<std::string_view> first(const Pairs& pairs, std::string_view name) {
  for (const auto& [key, value] : pairs)
    if (key == name) return value;
  return std::nullopt;
}

}  // namespace

std::optional<std::string_view> Headers::find(std::string_view name) const {
  for (const auto& [key, value] : entries)
    if (equal_without_case(key, name)) return value;
  return std::nullopt;
}

std::optional<std::string> Headers::joined(std::string_view name) const {
  std::optional<std::string> list;
  for (const auto& [key, value] : entries) {
    if (!equal_without_case(key, name)) continue;
    if (list)
      list->append(", ").append(value);
    else
      list = value;
  }
  return list;
}

void Headers::add(std::string name, std::string value) {
  entries.emplace_back(std::move(name), std::move(value));
}

std::string_view Request::path_param(std::string_view name) const {
  return first(path_params, name).value_or(std::string_view{});
}

std::optional<std::string_view> Request::query_param(std::string_view name) const {
  return first(query, name);
}

}  // namespace usher::http
