// The core of a node that is alone: each of its groups has this replica as its only member, so what
// is synced is committed. Says the same as raft with one voter, in the same order, but for
// - the stored commit, which it never tells: all that such a log has is committed;
// - the lead, which it takes with the first tick or `campaign`, not after a time-out.
// A log that it has written can go on under raft, and the other way round while is_alone holds.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "consensus/consensus_core.hpp"

namespace usher::consensus {

class ByteReader;

class Solo final : public ConsensusCore {
 public:
  explicit Solo(std::function<void(std::string_view)> on_failure);
  ~Solo() override;
  Results turn(const Operations& operations) override;

 private:
  struct Group;

  void work_off(std::string_view operations);
  void open(GroupNr nr, ByteReader& in);
  void lead(Group& group);
  void answer(const Group& group, bool is_taken, Index first);
  void tell_progress(const Group& group);
  void tell(Group& group);
  void tell_ready(Group& group);
  void tell_reads(Group& group);
  void touch(Group& group);
  Group* find(GroupNr nr);
  [[noreturn]] void fail(std::string why);

  std::function<void(std::string_view)> on_failure_;
  std::vector<std::unique_ptr<Group>> groups_;  // by number; null: not open
  std::vector<GroupNr> touched_;                // in this turn, in order
  std::string out_;
};

}  // namespace usher::consensus
