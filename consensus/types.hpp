// The words of a consensus core: groups, replicas, entries by (index, term), and what a log
// consists of when its payloads are left out. Plain values; who keeps payloads, disk and links is
// the caller.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace usher::consensus {

// One replicated log. A shard's, or that of the cluster itself.
using GroupNr = std::uint16_t;
inline constexpr GroupNr every_group = 0xffff;  // no group has this number

// One replica of one group, given out once and never again, on whatever node (docs/consensus.md).
// 0: none.
using ReplicaId = std::uint64_t;

using Index = std::uint64_t;   // of an entry in its group's log, from 1 on; 0: none
using Term = std::uint64_t;    // of a leader, from 1 on; 0: none
using Ticket = std::uint64_t;  // the caller's number for one read

// What an entry is to the core. The numbers are on the wire and on disks: never reuse one.
enum class EntryKind : std::uint8_t {
  add_voter = 0,
  remove_member = 1,
  add_learner = 3,
  empty = 254,    // a new leader's first entry; it has no payload
  payload = 255,  // the caller's; the core knows no more than that it is there
};
[[nodiscard]] constexpr bool is_change(EntryKind kind) {
  return kind == EntryKind::add_voter || kind == EntryKind::remove_member ||
         kind == EntryKind::add_learner;
}

// Part of a log without its payloads: terms as runs, and the entries that are something else.
struct Span {
  struct Run {
    std::uint32_t count;
    Term term;
    bool operator==(const Run&) const = default;
  };
  struct Special {  // any kind but EntryKind::payload
    Index index;
    EntryKind kind;
    ReplicaId replica;  // of a change; else 0
    bool operator==(const Special&) const = default;
  };

  Index first = 0;  // 0 if it is empty
  std::vector<Run> runs;
  std::vector<Special> specials;  // by index

  [[nodiscard]] bool empty() const { return runs.empty(); }
  [[nodiscard]] Index last() const;  // first - 1 if it is empty
  void clear();                      // keeps its memory
  // Behind what is there. `index` is the next one, or any for the first.
  void append(Index index, Term term, EntryKind kind = EntryKind::payload, ReplicaId replica = 0);
  // Calls f(index, term, kind, replica) for each entry, in order.
  template <class F>
  void for_each(F&& f) const {
    Index index = first;
    auto special = specials.begin();
    for (const Run& run : runs)
      for (std::uint32_t k = 0; k < run.count; ++k, ++index)
        if (special != specials.end() && special->index == index) {
          f(index, run.term, special->kind, special->replica);
          ++special;
        } else {
          f(index, run.term, EntryKind::payload, ReplicaId{0});
        }
  }
  bool operator==(const Span&) const = default;
};

struct Members {
  std::vector<ReplicaId> voters, learners;

  [[nodiscard]] bool contains(ReplicaId replica) const;
  // As every replica does it when it applies a change; other kinds change nothing.
  void apply(EntryKind kind, ReplicaId replica);
  bool operator==(const Members&) const = default;
};

// The log begins behind `index`: what was before is in a state that the caller has.
struct Base {
  Index index = 0;
  Term term = 0;
  Members members;
  bool operator==(const Base&) const = default;
};

// What a group is opened with: all of it is on the disk, and counts as synced.
struct Opening {
  ReplicaId replica = 0;
  Term term = 0;
  ReplicaId vote = 0;
  Index commit = 0;
  Base base{};
  Span log{};  // behind the base; empty if there is none

  [[nodiscard]] Index last() const { return log.empty() ? base.index : log.last(); }
  [[nodiscard]] Members members_at(Index index) const;
};

// True if nobody else has a say: this replica is the only member, whether or not what its log has
// behind the stored commit is committed. What such a replica has synced is committed.
[[nodiscard]] bool is_alone(const Opening& opening);

}  // namespace usher::consensus
