// What a data directory is fixed to besides its shards (Journal's label): the currency of its
// prices. A thousand in it are ten dollars or a thousand yen.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "base/currency.hpp"
#include "persistence/journal.hpp"

namespace usher::cli {

inline constexpr std::string_view label_prefix = "currency ";

[[nodiscard]] inline std::string label_of(const Currency& currency) {
  return std::string{label_prefix} + std::string{currency.code};
}

// A directory from before there was a label was written in cents. Null: not one of ours.
[[nodiscard]] inline const Currency* currency_of_label(std::string_view label) {
  if (label.empty()) return &usd;
  if (!label.starts_with(label_prefix)) return nullptr;
  return find_currency(label.substr(label_prefix.size()));
}

// Whether the prices in a store can be read in this currency. The journal compares labels; without
// one, everything was written in hundredths, whatever the currency.
[[nodiscard]] inline tl::expected<void, std::string> check_currency(const Store& store,
                                                                    const Currency& currency) {
  const auto shards = Journal::stored_shard_count(store);
  if (!shards) return tl::unexpected{shards.error()};
  const auto label = Journal::stored_label(store);
  if (!label) return tl::unexpected{label.error()};
  const bool has_hundredths = shards->has_value() && label->empty();
  if (!has_hundredths || currency.decimals == usd.decimals) return {};
  return tl::unexpected{"the prices in this directory were written in hundredths, which " +
                        std::string{currency.code} +
                        " does not have: it can't be opened in this currency"};
}

}  // namespace usher::cli
