// Where a core of consensus decides what the journal's shards agree upon: each shard is one group,
// and a turn goes
//
//   appends -> prepare -> core: propose -> its Ready -> log, one sync -> what is committed: apply
//
// What the core says is committed is applied, and nothing else; only then are appends answered.
// With the core of a node that is alone that is the turn's own sync, so a turn ends where it began.
// With any other the entries wait in the log, further turns are prepared behind them, and a later
// turn of the core, mostly one in which time passes (tick), tells what became of them. An append is
// - done, when the entry that has it is applied: the same index and the same term;
// - certainly not done, when the core did not take it, or an entry of a later term is applied at
// its
//   index or before: no log has its entry behind that. An entry that is cut off is neither: a later
//   leader may have it still, and commit it.
// Which core runs is the factory's to know (consensus/factory.hpp).
//
// One thread at a time: who starts the node, then the journal actor.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
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
  using Outcome = tl::expected<Appended, StorageError>;
  using TurnNumber = std::uint64_t;  // of a call of write()

  // Of an append that had waited.
  struct Settled {
    TurnNumber turn = 0;
    std::size_t append = 0;
    Outcome outcome;
  };
  // Since the last call.
  struct News {
    std::vector<Settled> settled;      // appends of earlier turns
    std::vector<ShardNumber> deposed;  // shards that are led here no longer
    std::vector<LogPlace> led;         // or again: in this term, whose first entry is applied
  };
  struct Written {
    TurnNumber turn = 0;
    std::vector<std::optional<Outcome>> outcomes;  // of its appends; nullopt: it waits
    News news;
  };

  // `core`: null for that of a node that is alone. The journal must outlive this.
  explicit Replicator(Journal& journal, std::unique_ptr<consensus::ConsensusCore> core = nullptr);
  ~Replicator();
  Replicator(const Replicator&) = delete;
  Replicator& operator=(const Replicator&) = delete;

  // Opens the shards' groups as the journal has them, each once, and takes their lead: a term, and
  // so an epoch, that no start before had. By one sync if the core commits by it; the epochs in the
  // order of the shards. `unavailable` also when they are not led within so many ticks.
  static constexpr int lead_ticks_max = 10'000;
  [[nodiscard]] tl::expected<std::vector<Epoch>, StorageError> lead(
      std::span<const ShardNumber> shards);

  // As Journal::write, of shards that are led here; the others are refused as stale.
  [[nodiscard]] Written write(std::span<const Append> appends);
  // Time passes. For who has something that waits, or shards that nobody leads.
  [[nodiscard]] News tick();
  [[nodiscard]] bool anything_waits() const { return waiting_ > 0 || led_ < open_; }

 private:
  struct Group;
  struct Step;

  [[nodiscard]] bool leads(ShardNumber shard) const;
  void take(Step& step);
  void hear(Step& step);
  [[nodiscard]] bool commits_by_sync(const Step& step) const;
  void write_whole(Step& step);
  void write_and_wait(Step& step);
  void led_by(const LogPlace& first, News& news);
  void settle(const AppliedEntry& applied, Step& step);
  void lose_all(Step& step);

  Journal& journal_;
  std::unique_ptr<consensus::ConsensusCore> core_;
  std::unique_ptr<consensus::Operations> operations_;  // of the next turn
  std::vector<Group> groups_;                          // by shard
  std::vector<LoggedPromise> unwritten_;               // that may go with the next record
  TurnNumber turns_ = 0;
  std::size_t waiting_ = 0;  // appends
  std::size_t open_ = 0;     // groups
  std::size_t led_ = 0;      // likewise
};

}  // namespace usher
