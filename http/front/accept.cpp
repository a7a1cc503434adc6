#include "http/front/accept.hpp"

#include <algorithm>
#include <optional>

#include "http/front/ascii.hpp"

namespace usher::http {
namespace {

// q=0, q=0.0 ...: not at all.
bool is_refused(std::string_view parameters) {
  while (!parameters.empty()) {
    const auto end = std::min(parameters.find(';'), parameters.size());
    const auto parameter = trimmed(parameters.substr(0, end));
    parameters.remove_prefix(std::min(end + 1, parameters.size()));
    const bool is_weight =
        parameter.size() > 2 && lower_ascii(parameter[0]) == 'q' && parameter[1] == '=';
    if (is_weight) return parameter.find_first_not_of("0.", 2) == std::string_view::npos;
  }
  return false;
}

// What the list says of the value: taken, refused, or nothing.
std::optional<bool> said_of(std::string_view list, std::string_view value) {
  std::optional<bool> said;
  while (!list.empty()) {
    const auto end = std::min(list.find(','), list.size());
    const auto item = list.substr(0, end);
    list.remove_prefix(std::min(end + 1, list.size()));
    const auto semicolon = std::min(item.find(';'), item.size());
    if (!equal_without_case(trimmed(item.substr(0, semicolon)), value)) continue;
    said = !is_refused(item.substr(std::min(semicolon + 1, item.size())));
  }
  return said;
}

}  // namespace

bool accept_names(std::string_view list, std::string_view value) {
  return said_of(list, value).value_or(false);
}

bool accept_takes(std::string_view list, std::string_view value) {
  if (const auto named = said_of(list, value)) return *named;
  return said_of(list, "*").value_or(false);
}

}  // namespace usher::http
