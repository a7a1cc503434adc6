// A page of a list: its rows, each with what it stands for, up to where the page is full.
#pragma once

#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <utility>

#include "actors/runtime/projections/row_state.hpp"

namespace usher {

// Takes row after row, until is_full() says so and there is one more. Gives the key of the last one
// that was taken, which the next page begins behind; or nothing, when there is no more to come.
template <class A, class IsFull, class Take>
tl::expected<std::optional<std::string>, StorageError> read_page_of(const Journal& journal,
                                                                    const RowQuery& query,
                                                                    IsFull is_full, Take take) {
  std::string last;
  bool is_readable = true, is_more = false;
  const auto visit = [&](const Row& row, const Journal::SnapshotAt& snapshot_at) {
    is_more = is_full();
    if (is_more) return false;
    auto found = state_of<A>(row, journal, snapshot_at);
    if (!found) return is_readable = false;
    last = row.key;
    take(row, *std::move(found));
    return true;
  };
  const auto scanned = journal.scan_rows(query, visit);
  if (!scanned) return tl::unexpected(scanned.error());
  if (!is_readable) return tl::unexpected(StorageError::corrupt);
  return is_more ? std::optional{std::move(last)} : std::nullopt;
}

}  // namespace usher
