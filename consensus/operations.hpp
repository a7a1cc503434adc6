// What one turn of the caller's loop asks of the core, for all groups: gathered, then given to
// ConsensusCore::turn, which works them off in order. A plain buffer; keep one and clear it.
//
// But for `arrived`, an operation that names a group that is not open, or `open` for one that is,
// is the caller's mistake: the core fails (ConsensusCore::turn).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "consensus/message.hpp"
#include "consensus/types.hpp"

namespace usher::consensus {

class Operations {
 public:
  // Time goes on by one tick (the unit of CoreConfig's time-outs; how long one lasts is the
  // caller's). Also while syncs run: who doesn't tick seems to be gone.
  void tick_all();
  void tick(GroupNr group);

  // A message from another replica, which parse_message has taken. One that is for another replica
  // than the present one of its group, or for a group that is not open, is ignored; the caller
  // keeps nothing that came with it, either.
  void arrived(GroupNr group, const Message& message);

  // `count` (at least 1) entries with payloads, which the caller has. Answered by an Answer; the
  // answers to a group's `propose` and `change` come in their order.
  void propose(GroupNr group, std::uint32_t count);
  // One change of the membership (add_voter, remove_member, add_learner); the next is taken when
  // this one is applied. Answered by an Answer. Refused as well: to remove the last voter or the
  // leader itself, and to make a voter a learner while that one is needed.
  void change(GroupNr group, EntryKind kind, ReplicaId replica);

  // What the group's last Ready asked to sync is on the disk, what waited for that is sent, and
  // what was committed with it is applied. Once for each such Ready.
  void synced(GroupNr group);
  // That sync takes too long: nothing leaves before it ends, so who leads is followed no longer,
  // and another can be elected. Nothing happens where no Ready is out. `synced` follows as ever.
  void sync_is_late(GroupNr group);

  // Hand the lead to a voter. Nothing happens where this replica does not lead.
  void hand_over(GroupNr group, ReplicaId to);
  // Answered by a ReadIndex with this ticket, in a Ready or a Meanwhile; or never, if the lead is
  // lost, or was not there. What is read when that index is applied is not older than this call.
  void read(GroupNr group, Ticket ticket);
  // Be a candidate now, not at the next time-out. Nothing happens where that can't be.
  void campaign(GroupNr group);
  // The link to this replica is gone, or has dropped something: send no more than tries to it.
  void unreachable(GroupNr group, ReplicaId replica);
  // What became of a snapshot message to this replica. Without it, that one stands still for ever.
  void snapshot_result(GroupNr group, ReplicaId to, bool has_arrived);
  // The caller keeps the log no longer up to this index, which is committed here. An index that
  // can't be forgotten is ignored.
  void forget(GroupNr group, Index up_to);
  // Answered by a Progress, which is empty where this replica does not lead.
  void tell_progress(GroupNr group);

  // All of `opening` counts as synced, and may be acknowledged in this turn. A new replica has
  // nothing but its id, or a copied state: then base, term and commit are those of the copy, and
  // it is on the disk before.
  void open(GroupNr group, const Opening& opening);
  // Nothing comes of this replica any more, not in this turn either, except answers.
  void drop(GroupNr group);

  [[nodiscard]] bool empty() const { return bytes_.empty(); }
  [[nodiscard]] std::string_view bytes() const { return bytes_; }  // valid until the next call
  void clear() { bytes_.clear(); }                                 // keeps its memory

 private:
  std::string bytes_;
};

// On the wire to the core (consensus/raft/core.h).
enum class Operation : std::uint8_t {
  tick = 1,
  message,
  propose,
  change,
  synced,
  hand_over,
  read,
  campaign,
  unreachable,
  snapshot_result,
  forget,
  progress,
  open,
  drop,
  late,
};

}  // namespace usher::consensus
