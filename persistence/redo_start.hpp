// What a start does with the records behind the mark of the redo log: it applies what is committed,
// which is what lies between the mark and the stored commit, and leaves the rest to consensus.
//
// Of a node that is alone all of them are committed, so the two rules that a start could have, "all
// that is synced" and "all that is known to be committed", are the same there: its turn is a record
// whose sync commits it, as nobody else has a vote, and it says so by its form. No commit is stored
// beside it, which would cost bytes and say nothing new. A proposal's entries are committed up to
// the last commit that is stored for their shard; or if a turn of the first kind stands behind it,
// as that is written only when nothing waits.
//
// An entry that was replaced by a later record is not applied, and neither is one that the families
// have.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "persistence/redo.hpp"

namespace usher {

struct RedoStart {
  // To be applied, in this order (Store::apply).
  struct Step {
    std::string entries;
    RedoNumber done = 0;
  };
  std::vector<Step> steps;
  std::vector<WaitingRecord> waiting;  // by number
};

// `records`: those behind `applied` (up to which nothing is left), intact, in order. `feed_end`:
// the last seq that the families have. `read`: what they have.
[[nodiscard]] RedoStart plan_start(
    RedoNumber applied, std::uint64_t feed_end, std::vector<std::string> records,
    const std::function<std::optional<std::string>(Family, const std::string& key)>& read);

}  // namespace usher
