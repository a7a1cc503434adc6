// Replays every record of a data directory and compares what follows from them with what is stored
// and with the promises: the part of `verify` that knows aggregates, and all of `rebuild`. Keeps
// the state of every aggregate in memory; offline only.
//
// An application instantiates ReplayOf<App> in one place. It says what it checks of all aggregates
// of a shard together, and what it counts beside these:
//   struct Tally : ReplayCounts { ... };
//   static void check(const ReplayedShard<App>& shard, Tally& tally, const ReplayReport& report);
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "actors/runtime/application.hpp"
#include "actors/runtime/projections/derivation.hpp"
#include "actors/runtime/projections/stored_rows.hpp"
#include "persistence/key_layout.hpp"
#include "persistence/verify.hpp"

namespace usher {

struct ReplayCounts {
  std::uint64_t reminders = 0, rows = 0, snapshots = 0;
};
using ReplayReport = std::function<void(std::string what)>;

template <class A>
struct Replayed {
  Version version = 0;
  typename A::State state;
};
template <class A>
using ReplayedStates = std::unordered_map<std::string, Replayed<A>>;  // by stream

// What the records of one shard come to.
template <class App>
struct ReplayedShard {
  ShardNumber number = 0;
  ForEachAggregate<App, ReplayedStates> states;
  std::map<std::string, std::string> rows;  // by stored key
  std::set<std::string> reminders;          // stored keys
  bool is_readable = true;                  // false: what follows from some event is not known

  template <class A>
  const ReplayedStates<A>& of() const {
    return std::get<ReplayedStates<A>>(states);
  }
  template <class A>
  ReplayedStates<A>& of() {
    return std::get<ReplayedStates<A>>(states);
  }
  [[nodiscard]] bool has(const ReminderKey& reminder) const {
    return reminders.contains(keys::reminder(number, reminder));
  }
};

template <class App>
class ReplayOf {
 public:
  using Tally = typename App::Tally;

  explicit ReplayOf(std::size_t findings_max = 1'000) : findings_max_(findings_max) {}
  ReplayOf(const ReplayOf&) = delete;
  ReplayOf& operator=(const ReplayOf&) = delete;

  // In journal order within each shard.
  void see(const Record& record) {
    const bool is_known = with_aggregate_of(
        AllAggregates<App>{}, record.stream,
        [&]<class A>(std::type_identity<A>) { apply<A>(record, shard(record.shard)); });
    if (is_known) return;
    shard(record.shard).is_readable = false;
    report(record.shard, record.offset, "a stream of no known kind of aggregate");
  }

  // Some of the shard's records are missing or damaged: what the others come to is not what was.
  void miss_records(ShardNumber number) { shard(number).is_readable = false; }

  // After the last record of a shard: what the application checks, that versions have no gap (P5),
  // and the stored rows, reminders and snapshots of that shard against the replayed ones (P6).
  // Frees the shard's states.
  void finish_shard(const Store& store, ShardNumber number) {
    auto& replayed = shard(number);
    App::check(replayed, counts_, [&](std::string what) { report(number, {}, std::move(what)); });
    if (!stored_rows_.are(replayed.rows, store, number)) compare_rows(store, replayed);
    compare_reminders(store, replayed);
    const auto check_snapshots = [&]<class A>(const ReplayedStates<A>& states) {
      for (const auto& [stream, each] : states) compare_snapshot(store, number, stream, each);
    };
    std::apply([&](const auto&... each) { (check_snapshots(each), ...); }, replayed.states);
    counts_.rows += replayed.rows.size();
    counts_.reminders += replayed.reminders.size();
    shard_.reset();
  }

  // Instead of comparing: the puts and erases that make the stored derived data of the shard equal
  // to the replayed, snapshots included. Nobody else may write between the shards.
  [[nodiscard]] WriteBatch rebuild_shard(const Store& store, ShardNumber number) {
    auto& replayed = shard(number);
    WriteBatch batch;
    // What another program made of its records is better than half of it.
    if (!replayed.is_readable) {
      report(number, {}, "not rebuilt, as not all of its events could be read");
      shard_.reset();
      return batch;
    }
    if (!stored_rows_.are(replayed.rows, store, number)) {
      StoredRows::for_each(number, store, [&](std::string_view key, std::string_view) {
        batch.erase(Family::views, std::string{key});
      });
      for (auto& [key, value] : replayed.rows) batch.put(Family::views, key, value);
    }
    const auto prefix = keys::shard_prefix(number);
    for (const auto family : {Family::reminders, Family::snapshots})
      for (auto cursor = store.scan(family, keys::all_with(prefix)); cursor->valid();
           cursor->next())
        batch.erase(family, std::string{cursor->key()});
    for (const auto& key : replayed.reminders) batch.put(Family::reminders, key, {});
    const auto put_snapshots = [&]<class A>(const ReplayedStates<A>& states) {
      for (const auto& [stream, each] : states)
        batch.put(Family::snapshots, keys::snapshot(number, stream),
                  keys::snapshot_value(each.version, encode_state(each.state)));
      counts_.snapshots += states.size();
    };
    std::apply([&](const auto&... each) { (put_snapshots(each), ...); }, replayed.states);
    counts_.rows += replayed.rows.size();
    counts_.reminders += replayed.reminders.size();
    shard_.reset();
    return batch;
  }

  [[nodiscard]] const std::vector<Finding>& findings() const { return findings_; }
  [[nodiscard]] const Tally& counts() const { return counts_; }

 private:
  ReplayedShard<App>& shard(ShardNumber number) {
    if (!shard_) {
      shard_ = std::make_unique<ReplayedShard<App>>();
      shard_->number = number;
    }
    return *shard_;
  }

  void report(ShardNumber shard, std::optional<Offset> offset, std::string what) {
    if (findings_.size() < findings_max_) findings_.push_back({shard, offset, std::move(what)});
  }

  template <class A>
  void apply(const Record& record, ReplayedShard<App>& shard) {
    const auto key = key_of<A>(record.stream);
    const auto event = decode_event<A>(record.type, record.schema, record.payload);
    if (!key || !event) {
      shard.is_readable = false;
      return report(record.shard, record.offset,
                    std::string{words_of(key ? event.error() : CodecError::malformed)});
    }
    auto& states = shard.template of<A>();
    const auto found = states.find(record.stream);
    const auto* before = found == states.end() ? nullptr : &found->second;
    const Version version = before ? before->version : 0;
    if (record.version != version + 1)
      return report(record.shard, record.offset, "P5: the versions of the stream have a gap");
    auto after = A::evolve(before ? &before->state : nullptr, *event);
    const auto derived =
        derive<A>(*key, before ? &before->state : nullptr, version, std::span{&*event, 1}, after);
    for (const auto& row : derived.rows) {
      auto stored = keys::row(row.view, row.key, record.shard);
      if (row.value)
        shard.rows[std::move(stored)] = *row.value;
      else
        shard.rows.erase(stored);
    }
    for (const auto& change : derived.reminders) {
      auto stored = keys::reminder(record.shard, change.key);
      if (change.set)
        shard.reminders.insert(std::move(stored));
      else
        shard.reminders.erase(stored);
    }
    states.insert_or_assign(record.stream, Replayed<A>{record.version, std::move(after)});
  }

  void compare_rows(const Store& store, const ReplayedShard<App>& replayed) {
    auto missing = replayed.rows;
    StoredRows::for_each(replayed.number, store, [&](std::string_view key, std::string_view value) {
      const auto expected = missing.find(std::string{key});
      if (expected == missing.end())
        return report(replayed.number, {}, "P6: a row is left over: " + shown(key));
      if (expected->second != value)
        report(replayed.number, {}, "P6: a row differs: " + shown(key));
      missing.erase(expected);
    });
    for (const auto& [key, value] : missing)
      report(replayed.number, {}, "P6: a row is missing: " + shown(key));
  }

  void compare_reminders(const Store& store, const ReplayedShard<App>& replayed) {
    const auto prefix = keys::shard_prefix(replayed.number);
    std::set<std::string> stored;
    for (auto reminders = store.scan(Family::reminders, keys::all_with(prefix)); reminders->valid();
         reminders->next())
      stored.emplace(reminders->key());
    for (const auto& key : replayed.reminders)
      if (!stored.contains(key))
        report(replayed.number, {}, "P6: a reminder is missing: " + shown(key));
    for (const auto& key : stored)
      if (!replayed.reminders.contains(key))
        report(replayed.number, {}, "P6: a reminder is left over: " + shown(key));
  }

  template <class A>
  void compare_snapshot(const Store& store, ShardNumber number, const std::string& stream,
                        const Replayed<A>& replayed) {
    const auto value = store.get(Family::snapshots, keys::snapshot(number, stream));
    if (!value || !*value) return;
    ++counts_.snapshots;
    const auto snapshot = keys::read_snapshot_value(**value);
    // One that is damaged counts as none: Verification tells of it. So does one whose schema this
    // program does not read, as it does for whoever reads it: the events give the state again. One
    // of an earlier schema is lifted.
    if (!snapshot) return;
    const auto state = decode_state<A>(snapshot->state);
    if (!state && state.error() == CodecError::unknown_schema) return;
    if (snapshot->version != replayed.version || !state ||
        encode_state(*state) != encode_state(replayed.state))
      report(number, {}, "P6: a snapshot differs from the replay: " + shown(stream));
  }

  std::unique_ptr<ReplayedShard<App>> shard_;  // the one being replayed
  StoredRows stored_rows_;
  std::vector<Finding> findings_;
  std::size_t findings_max_;
  Tally counts_;
};

}  // namespace usher
