// Changes that are durable in the redo log but not in the families, and reading through them: for
// a directory that is only looked at, and for reads after writing has failed.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "persistence/redo.hpp"

namespace usher {

class RedoOverlay {
 public:
  // The entries in their order; each must be intact.
  explicit RedoOverlay(std::vector<std::string> entries);
  RedoOverlay(const RedoOverlay&) = delete;
  RedoOverlay& operator=(const RedoOverlay&) = delete;

  // Null when the key is not changed.
  [[nodiscard]] const RedoChange* find(Family family, std::string_view key) const;
  // Those of the half-open range, ascending.
  using Iterator = std::vector<RedoChange>::const_iterator;
  struct Range {
    Iterator first;
    Iterator last;
  };
  [[nodiscard]] Range within(Family family, const KeyRange& range) const;

 private:
  [[nodiscard]] Iterator lower_bound(Family family, std::string_view key) const;

  std::vector<std::string> entries_;  // the changes point into these two
  std::vector<std::string> derived_;
  std::vector<RedoChange> changes_;  // by family and key
};

// `below` as it will be when the overlay's changes are made.
[[nodiscard]] std::unique_ptr<Cursor> read_through(std::shared_ptr<const RedoOverlay> overlay,
                                                   Family family, const KeyRange& range,
                                                   std::unique_ptr<Cursor> below);

}  // namespace usher
