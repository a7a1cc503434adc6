// What an operator does to an application's data directory while no node serves it: opens it, if it
// is the application's; looks whether it is whole; makes anew what follows from its records.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <tl/expected.hpp>
#include <utility>

#include "actors/runtime/projections/replay.hpp"
#include "persistence/journal.hpp"
#include "persistence/rocksdb_store.hpp"
#include "persistence/verify.hpp"

namespace usher {

template <class App>
tl::expected<std::unique_ptr<RocksdbStore>, std::string> open_store_of(
    const std::filesystem::path& data, const RocksdbOptions& options) {
  auto store = RocksdbStore::open(data, options);
  if (!store) return store;
  if (auto checked = Journal::check_application(**store, App::application()); !checked)
    return tl::unexpected(std::move(checked.error()));
  return store;
}

using OfflineProgress = std::function<void(std::uint64_t done, std::uint64_t all)>;

// All that is wrong with the records and with what follows from them. `replay` is a new one, and
// has counted them afterwards.
template <class App>
VerifyReport verify_all(
    const RocksdbStore& store, ReplayOf<App>& replay,
    OfflineProgress progress = [](std::uint64_t, std::uint64_t) {}) {
  VerifyOptions options;
  options.visit = [&](const Record& record) { replay.see(record); };
  options.shard_done = [&](ShardNumber shard) { replay.finish_shard(store, shard); };
  options.progress = std::move(progress);
  auto report = verify(store, options);
  // What was promised and is no record: a write that only begins an epoch, the bound itself.
  if (store.loss() && report.is_clean())
    report.findings.push_back({std::nullopt, std::nullopt, *store.loss()});
  for (const auto& finding : replay.findings()) report.findings.push_back(finding);
  return report;
}

// Gives the number of records. What kept a shard from being rebuilt is in replay.findings(): a
// shard of whose records one is damaged keeps what was derived when it was not.
template <class App>
tl::expected<std::uint64_t, std::string> rebuild_all(
    Store& store, ReplayOf<App>& replay,
    OfflineProgress progress = [](std::uint64_t, std::uint64_t) {}) {
  bool written = true;
  VerifyOptions options;
  options.visit = [&](const Record& record) { replay.see(record); };
  options.records_missed = [&](ShardNumber shard) { replay.miss_records(shard); };
  options.shard_done = [&](ShardNumber shard) {
    written = written && store.write(replay.rebuild_shard(store, shard)).has_value();
  };
  options.progress = std::move(progress);
  const auto report = verify(store, options);
  if (!written)
    return tl::unexpected(
        std::string{"a write failed; what is derived may be incomplete: run it again"});
  return report.records;
}

}  // namespace usher
