// What operators do to a data directory while no node serves it.
#include "actors/runtime/projections/offline.hpp"

#include <chrono>
#include <cstdio>
#include <ctime>
#include <memory>
#include <nlohmann/json.hpp>

#include "actors/market/ticket_shop.hpp"
#include "cli/commands.hpp"
#include "cli/data_directory.hpp"
#include "cli/label.hpp"
#include "cli/output.hpp"
#include "cli/progress.hpp"
#include "http/views/feed_view.hpp"
#include "persistence/rocksdb_store.hpp"

namespace usher::cli {
namespace {

using Json = nlohmann::json;

// The store, if it is the shop's; null after saying why not.
std::unique_ptr<RocksdbStore> open_ours(const std::filesystem::path& data,
                                        const RocksdbOptions& options) {
  auto store = open_store_of<TicketShop>(data, options);
  if (store) return *std::move(store);
  fail(store.error());
  return nullptr;
}

std::unique_ptr<RocksdbStore> open_to_look(const std::filesystem::path& data) {
  RocksdbOptions options;
  options.read_only = true;
  return open_ours(data, options);
}

// To change what is there. Only `serve` and `restore` make a directory: here a name that leads
// nowhere is a mistake.
std::unique_ptr<RocksdbStore> open_to_change(const std::filesystem::path& data) {
  RocksdbOptions options;
  options.create_if_missing = false;
  return open_ours(data, options);
}

std::string grouped(std::uint64_t number) {  // 1,234,567
  std::string text = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3)
    text.insert(static_cast<std::size_t>(at), ",");
  return text;
}

std::string utc(std::int64_t seconds) {
  const auto time = static_cast<std::time_t>(seconds);
  std::tm parts{};
  gmtime_r(&time, &parts);
  char text[sizeof "2024-01-13T02:24:06Z"];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

std::string text_of(const BackupInfo& info) {
  return "backup " + std::to_string(info.number) + " of " + utc(info.taken_s) + ", " +
         grouped(info.records) + " events";
}

Json to_json(const Finding& finding) {
  Json json{{"what", finding.what}};
  if (finding.shard) json["shard"] = *finding.shard;
  if (finding.offset) json["offset"] = *finding.offset;
  return json;
}

std::string as_json(const VerifyReport& report, const Replay::Tally& counts) {
  Json findings = Json::array();
  for (const auto& finding : report.findings) findings.push_back(to_json(finding));
  const Json json{{"clean", report.is_clean()},
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
  return json.dump(2) + "\n";
}

std::string as_text(const VerifyReport& report, const Replay::Tally& counts) {
  std::string text;
  for (const auto& finding : report.findings) text += text_of(finding) + "\n";
  text += report.is_clean() ? "clean: " : "NOT CLEAN: ";
  text += std::to_string(report.records) + " records in " + std::to_string(report.shard_count) +
          " shards; ";
  text += std::to_string(counts.tickets) + " tickets, " + std::to_string(counts.orders) +
          " orders (" + std::to_string(counts.live_orders) + " live, " +
          std::to_string(counts.complete_orders) + " complete, " +
          std::to_string(counts.cancelled_orders) + " cancelled), ";
  return text + std::to_string(counts.accounts) + " accounts, " + std::to_string(counts.reminders) +
         " reminders, " + std::to_string(counts.rows) + " rows\n";
}

}  // namespace

int verify(const std::filesystem::path& data, bool json) {
  const auto store = open_to_look(data);
  if (!store) return 1;
  Replay replay;
  Progress progress{"verify"};
  const auto report = verify_all(
      *store, replay, [&](std::uint64_t done, std::uint64_t all) { progress.at(done, all); });
  return print_only((json ? as_json : as_text)(report, replay.counts()), report.is_clean() ? 0 : 1);
}

int export_events(const std::filesystem::path& data) {
  const auto store = open_to_look(data);
  if (!store) return 1;
  JournalOptions options;
  options.clock_us = [] { return CommitStamp{0}; };
  options.application = TicketShop::application();
  options.version_cache_entries = 0;  // nobody writes
  const auto count = Journal::stored_shard_count(*store);
  if (!count) return fail(count.error());
  if (!*count) return 0;  // nothing was ever written
  options.shard_count = **count;
  const auto journal = Journal::open(*store, options);
  if (!journal) return fail(journal.error());
  const auto label = Journal::stored_label(*store);
  if (!label) return fail(label.error());
  const Currency* currency = currency_of_label(*label);
  if (!currency) return fail("this was written in a currency that this program does not know");
  constexpr std::size_t page_records = 1'000;
  Output out;
  for (FeedSeq after = 0;;) {
    const auto records = (*journal)->read_feed(after, page_records);
    if (!records) return out.finish(fail("the feed cannot be read; run `usher verify`"));
    for (const auto& record : *records) {
      after = record.seq;
      for (const auto& event : http::public_events(feed_entry(record), *currency)) {
        std::string line;
        JsonWriter json{line};
        http::write_event(json, event);
        out.print(line += '\n');
      }
    }
    if (out.failed() || records->size() < page_records) return out.finish(0);
  }
}

int rebuild(const std::filesystem::path& data) {
  const auto store = open_to_change(data);
  if (!store) return 1;
  Replay replay;
  Progress progress{"rebuild"};
  const auto records = rebuild_all(
      *store, replay, [&](std::uint64_t done, std::uint64_t all) { progress.at(done, all); });
  if (!records) return fail(records.error());
  for (const auto& finding : replay.findings())
    std::fprintf(stderr, "%s\n", text_of(finding).c_str());
  const auto& counts = replay.counts();
  return print_only("rebuilt " + std::to_string(counts.rows) + " rows, " +
                        std::to_string(counts.reminders) + " reminders and " +
                        std::to_string(counts.snapshots) + " snapshots from " +
                        std::to_string(*records) + " records\n",
                    replay.findings().empty() ? 0 : 1);
}

int backup(const std::filesystem::path& data, const std::filesystem::path& backups,
           std::size_t kept_max) {
  if (const auto why = why_not_there(data, backups); !why.empty())
    return fail("--to " + backups.string() + ": " + why);
  const auto store = open_to_change(data);
  if (!store) return 1;
  const auto done = store->backup(backups, static_cast<unsigned>(kept_max));
  if (!done) return fail(done.error());
  std::string text = "backed up " + data.string() + " to " + backups.string() + ": " +
                     text_of(done->backup) + "\n";
  for (const auto number : done->removed)
    text += "removed backup " + std::to_string(number) + ": " + std::to_string(kept_max) +
            " newer ones are kept\n";
  for (const auto& spared : done->spared)
    text += "kept " + text_of(spared) +
            ": no newer one holds as much. `usher backup remove` removes it\n";
  return print_only(text);
}

int list_backups(const std::filesystem::path& backups, bool json) {
  const auto found = RocksdbStore::backups_in(backups);
  if (!found) return fail(found.error());
  if (json) {
    Json all = Json::array();
    for (const auto& info : *found)
      all.push_back({{"number", info.number},
                     {"taken", utc(info.taken_s)},
                     {"bytes", info.bytes},
                     {"events", info.records}});
    return print_only(all.dump(2) + "\n");
  }
  if (found->empty()) return print_only("no backups in " + backups.string() + "\n");
  char line[96];
  std::snprintf(line, sizeof line, "%6s  %-20s  %16s  %16s\n", "number", "taken", "events",
                "bytes");
  std::string text = line;
  for (const auto& info : *found) {
    std::snprintf(line, sizeof line, "%6u  %-20s  %16s  %16s\n", info.number,
                  utc(info.taken_s).c_str(), grouped(info.records).c_str(),
                  grouped(info.bytes).c_str());
    text += line;
  }
  return print_only(text);
}

int remove_backup(const std::filesystem::path& backups, std::uint32_t number) {
  const auto removed = RocksdbStore::remove_backup(backups, number);
  if (!removed) return fail(removed.error());
  return print_only("removed backup " + std::to_string(number) + " of " + backups.string() + "\n");
}

int restore(const std::filesystem::path& backups, const std::filesystem::path& data,
            std::optional<std::uint32_t> number) {
  if (const auto why = why_not_there(data, backups); !why.empty())
    return fail(data.string() + ": " + why);
  const auto done = RocksdbStore::restore(backups, data, number);
  if (!done) return fail(done.error());
  return print_only("restored " + text_of(*done) + " to " + data.string() +
                    "; check it with: usher verify " + data.string() + "\n");
}

}  // namespace usher::cli
