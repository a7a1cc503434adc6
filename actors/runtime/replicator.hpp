// Where a core of consensus decides what the journal's shards agree upon: each shard is one group,
// and a turn goes
//
//   appends -> prepare -> core: propose -> its Ready -> log, one sync -> what is committed: apply
//
// What the core says is committed is applied, and nothing else; only then are appends answered.
// Which core runs is the factory's to know (consensus/factory.hpp). With the one of a node that is
// alone, what is synced is committed, so a turn ends where it began and nothing waits for another.
//
// One thread at a time: who starts the node, then the journal actor.
#pragma once

#include <memory>
#include <span>
#include <tl/expected.hpp>
#include <vector>

#include "persistence/journal.hpp"

namespace usher {
namespace consensus {
class ConsensusCore;
class Operations;
}  // namespace consensus

class Replicator {
 public:
  // `core`: null for that of a node that is alone. The journal must outlive this.
  explicit Replicator(Journal& journal, std::unique_ptr<consensus::ConsensusCore> core = nullptr);
  ~Replicator();
  Replicator(const Replicator&) = delete;
  Replicator& operator=(const Replicator&) = delete;

  // Opens the shards' groups as the journal has them, each once, and takes their lead: a term, and
  // so an epoch, that no start before had. All by one sync; the epochs in the order of the shards.
  [[nodiscard]] tl::expected<std::vector<Epoch>, StorageError> lead(
      std::span<const ShardNumber> shards);

  // As Journal::write, of shards that are led here; the others are refused as stale.
  [[nodiscard]] std::vector<tl::expected<Appended, StorageError>> write(
      std::span<const Append> appends);

 private:
  struct Group;

  [[nodiscard]] bool leads(ShardNumber shard) const;
  tl::expected<void, StorageError> turn(Journal::Turn& turn);
  std::vector<tl::expected<Appended, StorageError>> write_some(std::span<const Append> appends,
                                                               const std::vector<bool>& is_refused);

  Journal& journal_;
  std::unique_ptr<consensus::ConsensusCore> core_;
  std::unique_ptr<consensus::Operations> operations_;  // of the next turn
  std::vector<Group> groups_;                          // by shard
};

}  // namespace usher
