#include "persistence/redo_start.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "persistence/key_layout.hpp"

namespace usher {
namespace {

using ReadOne = std::function<std::optional<std::string>(Family, const std::string&)>;

// What is known of one shard's log.
struct Shard {
  LogIndex applied = 0;   // up to here
  LogIndex commit = 0;    // stored
  LogIndex replaced = 0;  // from here on by records that were looked at already; 0: nothing
};

class Plan {
 public:
  Plan(RedoNumber applied, std::uint64_t feed_end, std::vector<std::string> records,
       const ReadOne& read)
      : applied_(applied), feed_end_(feed_end), records_(std::move(records)), read_(read) {}

  RedoStart make() {
    look_back();
    for (std::size_t i = 0; i < records_.size(); ++i) {
      const RedoNumber number = applied_ + 1 + i;
      if (is_proposal(records_[i]))
        take_proposal(number, i);
      else
        take_whole(i);
      start_.steps.back().done =
          start_.waiting.empty() ? number : start_.waiting.front().number - 1;
    }
    return std::move(start_);
  }

 private:
  Shard& shard(std::uint16_t number) {
    const auto [found, is_new] = shards_.try_emplace(number);
    if (!is_new) return found->second;
    if (const auto value = read_(Family::meta, keys::tail(number)))
      if (const auto tail = keys::read_tail_value(*value)) found->second.applied = tail->index;
    if (const auto value = read_(Family::meta, keys::promise(number)))
      if (const auto promise = keys::read_promise_value(number, *value))
        found->second.commit = promise->commit;
    return found->second;
  }

  // From the last record to the first: which entries were replaced, and what is committed.
  void look_back() {
    cut_.resize(records_.size());
    for (std::size_t i = records_.size(); i-- > 0;) {
      if (!is_proposal(records_[i]) && whole_ == 0) whole_ = i + 1;
      for (const LoggedPromise& promise : read_logged_promises(records_[i]))
        shard(promise.shard).commit = std::max(shard(promise.shard).commit, promise.commit);
      for (const LoggedEntry& entry : read_logged_entries(records_[i])) {
        LogIndex& replaced = shard(entry.shard).replaced;
        cut_[i].push_back(replaced != 0 && entry.index >= replaced);
        if (replaced == 0 || entry.index < replaced) replaced = entry.index;
      }
    }
  }

  // All of it: it says itself which place in the feed it has.
  void take_whole(std::size_t i) {
    if (const auto newest = read_redo_newest(records_[i])) feed_end_ = newest->seq;
    for (const LoggedEntry& entry : read_logged_entries(records_[i]))
      shard(entry.shard).applied = std::max(shard(entry.shard).applied, entry.index);
    start_.steps.push_back({std::move(records_[i]), 0});
  }

  void take_proposal(RedoNumber number, std::size_t i) {
    std::vector<LoggedEntry> committed;
    std::vector<LoggedEntry> waiting;
    std::optional<NewestRecord> newest;
    const auto entries = read_logged_entries(records_[i]);
    for (std::size_t k = 0; k < entries.size(); ++k) {
      const LoggedEntry& entry = entries[k];
      Shard& log = shard(entry.shard);
      if (cut_[i][k] || entry.index <= log.applied) continue;
      if (entry.index > log.commit && i >= whole_) {
        waiting.push_back(entry);
        continue;
      }
      log.applied = entry.index;
      committed.push_back(entry);
      feed_end_ += entry.records;
      if (entry.records > 0) newest = {feed_end_, entry.shard, entry.next - 1};
    }
    start_.steps.push_back(
        {encode_committed(newest, committed, read_logged_promises(records_[i])), 0});
    if (!waiting.empty())
      start_.waiting.push_back({number, encode_committed(std::nullopt, waiting, {})});
  }

  const RedoNumber applied_;
  std::uint64_t feed_end_;
  std::vector<std::string> records_;
  const ReadOne& read_;
  std::map<std::uint16_t, Shard> shards_;
  std::vector<std::vector<bool>> cut_;  // by record, by entry
  std::size_t whole_ = 0;               // before this place nothing waits
  RedoStart start_;
};

}  // namespace

RedoStart plan_start(RedoNumber applied, std::uint64_t feed_end, std::vector<std::string> records,
                     const ReadOne& read) {
  if (std::any_of(records.begin(), records.end(), is_proposal))
    return Plan{applied, feed_end, std::move(records), read}.make();
  RedoStart start;
  start.steps.reserve(records.size());
  for (std::string& record : records) start.steps.push_back({std::move(record), ++applied});
  return start;
}

}  // namespace usher
