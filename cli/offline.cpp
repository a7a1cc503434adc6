// What operators do to a data directory while no node serves it.
#include <httplib.h>

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "actors/market/projections/replay.hpp"
#include "cli/commands.hpp"
#include "cli/progress.hpp"
#include "http/views/feed_view.hpp"
#include "persistence/rocksdb_store.hpp"
#include "persistence/verify.hpp"

namespace usher::cli {
namespace {

using Json = nlohmann::json;

int fail(const std::string& why) {
  std::fprintf(stderr, "usher: %s\n", why.c_str());
  return 1;
}

// Looks without changing anything; null after saying why not.
std::unique_ptr<RocksdbStore> open_to_look(const std::filesystem::path& data) {
  RocksdbOptions options;
  options.read_only = true;
  auto store = RocksdbStore::open(data, options);
  if (!store) {
    fail(store.error());
    return nullptr;
  }
  return *std::move(store);
}

Json to_json(const Finding& finding) {
  Json json{{"what", finding.what}};
  if (finding.shard) json["shard"] = *finding.shard;
  if (finding.offset) json["offset"] = *finding.offset;
  return json;
}

void print_json(const VerifyReport& report, const Replay& replay, bool clean) {
  const auto& counts = replay.counts();
  Json findings = Json::array();
  for (const auto& finding : report.findings) findings.push_back(to_json(finding));
  for (const auto& finding : replay.findings()) findings.push_back(to_json(finding));
  const Json json{{"clean", clean},
                  {"records", report.records},
                  {"shards", report.shard_count},
                  {"tickets", counts.tickets},
                  {"orders",
                   {{"live", counts.live_orders},
                    {"complete", counts.complete_orders},
                    {"cancelled", counts.cancelled_orders}}},
                  {"accounts", counts.accounts},
                  {"requestKeys", counts.request_keys},
                  {"rows", counts.rows},
                  {"reminders", counts.reminders},
                  {"snapshots", counts.snapshots},
                  {"findings", findings}};
  std::printf("%s\n", json.dump(2).c_str());
}

void print_text(const VerifyReport& report, const Replay& replay, bool clean) {
  const auto& counts = replay.counts();
  for (const auto& finding : report.findings) std::printf("%s\n", text_of(finding).c_str());
  for (const auto& finding : replay.findings()) std::printf("%s\n", text_of(finding).c_str());
  std::printf(
      "%s: %llu records in %u shards; %llu tickets, %llu orders (%llu live, %llu complete, %llu "
      "cancelled), %llu accounts, %llu reminders, %llu rows\n",
      clean ? "clean" : "NOT CLEAN", static_cast<unsigned long long>(report.records),
      report.shard_count, static_cast<unsigned long long>(counts.tickets),
      static_cast<unsigned long long>(counts.orders),
      static_cast<unsigned long long>(counts.live_orders),
      static_cast<unsigned long long>(counts.complete_orders),
      static_cast<unsigned long long>(counts.cancelled_orders),
      static_cast<unsigned long long>(counts.accounts),
      static_cast<unsigned long long>(counts.reminders),
      static_cast<unsigned long long>(counts.rows));
}

}  // namespace

int verify(const std::filesystem::path& data, bool json) {
  const auto store = open_to_look(data);
  if (!store) return 1;
  Replay replay;
  Progress progress{"verify"};
  VerifyOptions options;
  options.visit = [&](const Record& record) { replay.see(record); };
  options.shard_done = [&](ShardNumber shard) { replay.finish_shard(*store, shard); };
  options.progress = [&](std::uint64_t done, std::uint64_t all) { progress.at(done, all); };
  auto report = usher::verify(*store, options);
  // What was promised and is no record: a write that only begins an epoch, the bound itself.
  if (store->loss() && report.is_clean())
    report.findings.push_back({std::nullopt, std::nullopt, *store->loss()});
  const bool clean = report.is_clean() && replay.findings().empty();
  json ? print_json(report, replay, clean) : print_text(report, replay, clean);
  return clean ? 0 : 1;
}

int export_events(const std::filesystem::path& data) {
  const auto store = open_to_look(data);
  if (!store) return 1;
  JournalOptions options;
  options.clock_us = [] { return CommitStamp{0}; };
  options.version_cache_entries = 0;  // nobody writes
  const auto count = Journal::stored_shard_count(*store);
  if (!count) return fail(count.error());
  if (!*count) return 0;  // nothing was ever written
  options.shard_count = **count;
  const auto journal = Journal::open(*store, options);
  if (!journal) return fail(journal.error());
  constexpr std::size_t page_records = 1'000;
  for (FeedSeq after = 0;;) {
    const auto records = (*journal)->read_feed(after, page_records);
    if (!records) return fail("the feed cannot be read; run `usher verify`");
    for (const auto& record : *records) {
      after = record.seq;
      for (const auto& event : http::public_events(record)) {
        std::string line;
        http::append_event(line, event);
        std::printf("%s\n", line.c_str());
      }
    }
    if (records->size() < page_records) return 0;
  }
}

int rebuild(const std::filesystem::path& data) {
  auto store = RocksdbStore::open(data);
  if (!store) return fail(store.error());
  Replay replay;
  Progress progress{"rebuild"};
  bool written = true;
  VerifyOptions options;
  options.visit = [&](const Record& record) { replay.see(record); };
  options.shard_done = [&](ShardNumber shard) {
    written = written && (*store)->write(replay.rebuild_shard(**store, shard)).has_value();
  };
  options.progress = [&](std::uint64_t done, std::uint64_t all) { progress.at(done, all); };
  const auto report = usher::verify(**store, options);
  if (!written) return fail("a write failed; what is derived may be incomplete: run it again");
  for (const auto& finding : replay.findings())
    std::fprintf(stderr, "%s\n", text_of(finding).c_str());
  std::printf("rebuilt %llu rows, %llu reminders and %llu snapshots from %llu records\n",
              static_cast<unsigned long long>(replay.counts().rows),
              static_cast<unsigned long long>(replay.counts().reminders),
              static_cast<unsigned long long>(replay.counts().snapshots),
              static_cast<unsigned long long>(report.records));
  return replay.findings().empty() ? 0 : 1;
}

int backup(const std::filesystem::path& data, const std::filesystem::path& destination,
           const std::string& node) {
  if (!node.empty()) {
    const auto token = secrets_from_environment().operator_token;
    if (!token) return fail("set USHER_OPERATOR_TOKEN to ask a running node");
    httplib::Client client{node};
    client.set_read_timeout(std::chrono::hours(1));
    const auto answer = client.Post("/api/admin/backup", {{"Authorization", "Bearer " + *token}},
                                    "{}", "application/json");
    if (!answer) return fail("no answer from " + node);
    std::printf("%s\n", answer->body.c_str());
    return answer->status == 201 ? 0 : 1;
  }
  auto store = RocksdbStore::open(data);
  if (!store) return fail(store.error());
  const auto done = (*store)->backup(destination);
  if (!done) return fail(done.error());
  std::printf("backed up %s to %s\n", data.c_str(), destination.c_str());
  return 0;
}

int restore(const std::filesystem::path& backups, const std::filesystem::path& data) {
  const auto done = RocksdbStore::restore(backups, data);
  if (!done) return fail(done.error());
  std::printf("restored the newest backup of %s to %s; check it with: usher verify %s\n",
              backups.c_str(), data.c_str(), data.c_str());
  return 0;
}

}  // namespace usher::cli
