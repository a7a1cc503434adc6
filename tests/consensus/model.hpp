// What a caller of the consensus core keeps: entries with payloads, a disk, batches on their way to
// it, messages on their way to others. Toys of what the product has, small enough to be compared
// after every step.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "consensus/consensus_core.hpp"

namespace usher::consensus::sim {

using u64 = std::uint64_t;

inline u64 mix(u64 hash, u64 value) {
  hash ^= value + 0x9e3779b97f4a7c15ull + (hash << 6) + (hash >> 2);
  hash *= 0xff51afd7ed558ccdull;
  return hash ^ (hash >> 33);
}

struct Entry {
  Term term = 0;
  EntryKind kind = EntryKind::payload;
  u64 value = 0;  // a payload, or the replica of a change
  bool operator==(const Entry&) const = default;
};
inline u64 mix(u64 hash, const Entry& entry) {
  return mix(mix(mix(hash, entry.term), static_cast<u64>(entry.kind)), entry.value);
}

// A state: what applying a log up to its base comes to.
inline constexpr u64 state_of_nothing = 7;
struct Copy {
  Base base;
  u64 state = state_of_nothing;
};

// What a node has of one group.
struct Stored {
  ReplicaId tombstone = 0;  // the last replica that was dropped here
  ReplicaId replica = 0;    // 0: none, and nothing of what follows
  Term term = 0;
  ReplicaId vote = 0;
  Index commit = 0;
  Copy base{};
  std::vector<Entry> log{};  // behind it

  [[nodiscard]] Index last() const { return base.base.index + log.size(); }
  [[nodiscard]] const Entry& at(Index i) const { return log.at(i - base.base.index - 1); }
  [[nodiscard]] Term term_at(Index i) const {
    return i == base.base.index ? base.base.term : at(i).term;
  }
  [[nodiscard]] bool holds(ReplicaId id, Index i, const Entry& entry) const {
    return replica == id && (i <= base.base.index || (i <= last() && at(i) == entry));
  }
  [[nodiscard]] Members members_at(Index i) const {
    Members members = base.base.members;
    for (Index k = base.base.index + 1; k <= i; ++k) members.apply(at(k).kind, at(k).value);
    return members;
  }
  [[nodiscard]] u64 state_at(Index i) const {
    u64 state = base.state;
    for (Index k = base.base.index + 1; k <= i; ++k) state = mix(state, at(k));
    return state;
  }
};

// Of one group; those of a batch reach the disk together.
struct Change {
  GroupNr group = 0;
  ReplicaId replica = 0;
  HardState hard{};
  std::optional<Copy> install{};
  Index first = 0;  // of the entries, which replace what is there from it on
  std::vector<Entry> entries{};
  Index forget = 0;
  bool drop = false;
};
void apply(Stored& stored, const Change& change);

struct Packet {
  GroupNr group = 0;
  int from = 0, to = 0;  // nodes
  std::string bytes{};
  // Of the message that the bytes are.
  MessageType type{};
  ReplicaId sender = 0, addressee = 0;
  Term term = 0;
  Index base = 0;  // of a snapshot
  // What the core does not have.
  Index first = 0;
  std::vector<Entry> entries{};  // of an append
  u64 state = 0;                 // of a snapshot
};

struct Batch {
  struct Synced {  // a Ready of this replica is in it
    GroupNr group;
    ReplicaId replica;
    Index committed;
    bool leads;
    Term term;
  };
  std::vector<Change> changes{};
  std::vector<Packet> mail{};  // that waits for it
  std::vector<Synced> synced{};
  std::vector<GroupNr> opens{};  // with a copy that is in it
};

}  // namespace usher::consensus::sim
