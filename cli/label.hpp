// What a data directory is fixed to besides its shards (Journal's label): the currency of its
// prices. A thousand in it are ten dollars or a thousand yen.
#pragma once

#include <string>
#include <string_view>

#include "base/currency.hpp"

namespace usher::cli {

inline constexpr std::string_view label_prefix = "currency ";

[[nodiscard]] inline std::string label_of(const Currency& currency) {
  return std::string{label_prefix} + std::string{currency.code};
}

// A directory of before there was a label was written in cents. Null: not one of ours.
[[nodiscard]] inline const Currency* currency_of_label(std::string_view label) {
  if (label.empty()) return &usd;
  if (!label.starts_with(label_prefix)) return nullptr;
  return find_currency(label.substr(label_prefix.size()));
}

}  // namespace usher::cli
