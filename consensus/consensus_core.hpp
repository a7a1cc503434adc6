// The consensus core: decides, for each of many replicated logs, what is committed. It knows terms,
// indexes, votes and members; payloads, disk and links are its caller's, who turns a loop:
// operations in, results out, for all groups at once. Nothing calls back, and nothing is random but
// by CoreConfig::seed: the same turns give the same bytes.
//
// Two cores exist: one for a node that is alone, one that is raft. The factory (factory.hpp) alone
// knows which it made. What a caller must keep, and why each rule is there: docs/consensus.md.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "consensus/operations.hpp"
#include "consensus/results.hpp"

namespace usher::consensus {

struct CoreConfig {
  // Of the election time-outs. Nodes with the same seed would campaign together.
  std::uint64_t seed = 0;
  // Unit: ticks. Without a word of its leader for 1 to 2 times this long, a replica campaigns.
  std::uint32_t election_ticks = 6;
  std::uint32_t heartbeat_ticks = 1;  // less than the above
  // Of one append; the caller's frames hold as many payloads. 1 to message_entries_max.
  std::uint32_t message_entries = 64;
  std::uint32_t messages_in_flight = 64;  // appends to one replica that are not acknowledged; >= 1
  // Called with the reason when the core has failed; then the process is aborted. To log it, and
  // no more: a node that went on could break what it has promised. (Tests throw, and destroy it.)
  std::function<void(std::string_view why)> on_failure{};
};

class ConsensusCore {
 public:
  ConsensusCore() = default;
  ConsensusCore(const ConsensusCore&) = delete;
  ConsensusCore& operator=(const ConsensusCore&) = delete;
  virtual ~ConsensusCore() = default;

  // One turn: works the operations off, in order, and says what came of them and of all before.
  // What is returned is valid until the next turn, or the end of the core.
  //
  // One thread at a time, any thread. A process may have several cores, on several threads.
  // Does not wait for anything but, in a process with several, for another core's turn; some
  // microseconds (docs/consensus.md has figures).
  // Does not return when the core has failed: on a mistake of the caller
  // (consensus/operations.hpp), or where raft finds that it was lied to, as by a disk that has lost
  // what was synced.
  virtual Results turn(const Operations& operations) = 0;
};

}  // namespace usher::consensus
