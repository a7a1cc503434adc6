#include "tests/sim/disk_checks.hpp"

#include <utility>

#include "actors/market/ticket_shop.hpp"
#include "persistence/key_layout.hpp"
#include "persistence/verify.hpp"

namespace usher::sim {

void check_disk(const std::shared_ptr<MemoryDisk>& disk, Findings& findings) {
  const MemoryStore store{disk};
  Replay replay;
  VerifyOptions options;
  options.visit = [&](const Record& record) { replay.see(record); };
  options.shard_done = [&](ShardNumber shard) { replay.finish_shard(store, shard); };
  const auto report = verify(store, options);
  for (const auto& finding : report.findings) findings.report("P6", text_of(finding));
  for (const auto& finding : replay.findings()) findings.report("P6", text_of(finding));
}

void check_that_loss_is_seen(const std::shared_ptr<MemoryDisk>& disk, JournalOptions options,
                             Findings& findings) {
  const auto promised = MemoryStore{disk}.acknowledged();
  if (!promised || !disk->lose_last_batch()) return;
  MemoryStore store{disk};
  // The last batch may have been the beginning of an epoch: no promise is gone with it.
  if (store.get(Family::feed, keys::feed(promised->seq))->has_value()) return;
  if (Journal::open(store, std::move(options)))
    findings.report("P2", "acknowledged records are gone, and the journal opens all the same");
}

}  // namespace usher::sim
