#include "actors/runtime/replicator.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "base/invariant.hpp"
#include "consensus/factory.hpp"
#include "persistence/redo.hpp"

namespace usher {
namespace {

// Replicas' ids are given out by the cluster; who is alone needs one only, for ever.
constexpr consensus::ReplicaId alone = 1;

std::unique_ptr<consensus::ConsensusCore> core_of_one() {
  auto made = consensus::make_core(consensus::CoreKind::alone, {});
  INVARIANT(made.has_value());  // it loads nothing, and its configuration is ours
  return *std::move(made);
}

// What is applied is committed: the group's log begins behind it. A commit that was applied need
// not have been stored.
consensus::Opening opening_of(const Journal& journal, ShardNumber shard) {
  const LogPlace applied = journal.applied_end(shard);
  const LoggedPromise promise = journal.promise(shard);
  consensus::Opening opening;
  opening.replica = alone;
  opening.term = std::max(journal.log_end(shard).term, promise.term);
  opening.vote = promise.term == opening.term ? promise.vote : alone;
  opening.commit = std::max(applied.index, promise.commit);
  opening.base = {applied.index, applied.term, {{alone}, {}}};
  for (const auto& [entry, kind] : journal.waiting(shard))
    opening.log.append(entry.index, entry.term, static_cast<consensus::EntryKind>(kind));
  return opening;
}

}  // namespace

struct Replicator::Group {
  struct Pending {
    LogPlace entry;
    TurnNumber turn = 0;
    std::size_t append = 0;
    Outcome answer;  // if that entry is applied; but for its place in the feed
  };
  bool is_open = false;
  bool is_leader = false;  // the core says so
  bool leads = false;      // and the first entry of that lead is applied, so all before it is
  LogPlace first;          // that entry
  // The last entry that the core knows of. If the journal's is another one, somebody else has
  // appended: the shard's leader is not this one any more.
  LogPlace end;
  std::deque<Pending> pending;  // in order
};

// A turn of the core, what it is asked, and what it says.
struct Replicator::Step {
  std::span<const Append> appends;
  Journal::Turn turn;
  TurnNumber number = 0;
  std::vector<std::size_t> places;               // of its appends in the call; empty: as they are
  std::vector<std::optional<Outcome>> outcomes;  // of its appends

  std::vector<ShardNumber> refused;  // whose proposals the core did not take
  std::vector<LogPlace> begun;       // entries without a payload
  std::vector<LoggedPromise> promises;
  std::vector<LogPlace> committed;
  std::vector<ShardNumber> synced;  // what to say next, when this is durable
  std::size_t payloads = 0;         // entries of the turn that are to be written
  std::size_t by_sync = 0;          // of all entries, those that are committed by it

  bool is_durable = true;
  News news;
};

Replicator::Replicator(Journal& journal, std::shared_ptr<consensus::ConsensusCore> core)
    : journal_(journal),
      needs_ticks_(core != nullptr),
      core_(core ? std::move(core) : core_of_one()),
      operations_(std::make_unique<consensus::Operations>()),
      groups_(journal.shard_count()) {}

Replicator::~Replicator() = default;

bool Replicator::leads(ShardNumber shard) const {
  return shard < groups_.size() && groups_[shard].leads &&
         groups_[shard].end == journal_.log_end(shard);
}

tl::expected<std::vector<Epoch>, StorageError> Replicator::lead(
    std::span<const ShardNumber> shards) {
  for (const ShardNumber shard : shards) {
    INVARIANT(shard < groups_.size() && !std::exchange(groups_[shard].is_open, true));
    groups_[shard].end = journal_.log_end(shard);
    operations_->open(shard, opening_of(journal_, shard));
    operations_->campaign(shard);
    ++open_;
  }
  for (int ticks = 0; ticks < lead_ticks_max; ++ticks) {
    Step step;
    take(step);
    if (!step.is_durable) return tl::unexpected(StorageError::unavailable);
    if (led_ == open_) break;
    operations_->tick_all();
  }
  std::vector<Epoch> epochs;
  for (const ShardNumber shard : shards) {
    if (!groups_[shard].leads) return tl::unexpected(StorageError::unavailable);
    epochs.push_back(groups_[shard].first.term);
  }
  return epochs;
}

Replicator::Written Replicator::write(std::span<const Append> appends) {
  Step step;
  step.number = ++turns_;
  // What is refused here was never proposed, so it certainly has not happened.
  std::vector<std::size_t> taken;
  taken.reserve(appends.size());
  for (std::size_t i = 0; i < appends.size(); ++i)
    if (leads(appends[i].shard)) taken.push_back(i);
  if (taken.size() == appends.size()) {
    step.appends = appends;
    step.turn = journal_.prepare(appends);
    take(step);
    return {step.number, std::move(step.outcomes), std::move(step.news)};
  }
  std::vector<Append> some;
  some.reserve(taken.size());
  for (const std::size_t i : taken) some.push_back(appends[i]);
  step.appends = some;
  step.turn = journal_.prepare(some);
  step.places = taken;
  take(step);
  std::vector<std::optional<Outcome>> outcomes(appends.size(),
                                               tl::unexpected(StorageError::stale_epoch));
  for (std::size_t i = 0; i < taken.size(); ++i) outcomes[taken[i]] = step.outcomes[i];
  return {step.number, std::move(outcomes), std::move(step.news)};
}

Replicator::News Replicator::tick() {
  Step step;
  operations_->tick_all();
  take(step);
  return std::move(step.news);
}

void Replicator::take(Step& step) {
  for (const LogPlace& entry : step.turn.entries()) operations_->propose(entry.shard, 1);
  const auto& told = step.turn.outcomes();
  if (operations_->empty() || (step.turn.entries().empty() && step.number != 0)) {
    step.outcomes.assign(told.begin(), told.end());
    return hold_refusals(step);
  }
  hear(step);
  for (const ShardNumber shard : step.refused)
    Journal::take_out(step.turn, shard, StorageError::stale_epoch);
  step.outcomes.assign(told.begin(), told.end());
  INVARIANT(step.payloads == step.turn.entries().size());
  const bool is_whole = commits_by_sync(step);
  journal_.add_epochs(step.turn, step.begun);
  is_whole ? write_whole(step) : write_and_wait(step);
  if (!step.is_durable) return lose_all(step);
  for (const ShardNumber shard : step.synced) operations_->synced(shard);
}

void Replicator::hear(Step& step) {
  const auto results = core_->turn(*operations_);
  operations_->clear();
  const auto& entries = step.turn.entries();
  auto answered = entries.begin();
  const auto is_leader = [&](ShardNumber shard, bool leads) {
    Group& group = groups_[shard];
    if (group.is_leader && !leads && std::exchange(group.leads, false)) {
      --led_;
      step.news.deposed.push_back(shard);
    }
    group.is_leader = leads;
  };
  results.for_each([&](const auto& result) {
    using Result = std::remove_cvref_t<decltype(result)>;
    if constexpr (std::is_same_v<Result, consensus::Answer>) {
      // In the order of the proposals; the Readys come in any.
      INVARIANT(answered != entries.end() && result.group == answered->shard);
      INVARIANT(!result.taken ||
                (result.first == answered->index && result.term == answered->term));
      if (!result.taken) step.refused.push_back(answered->shard);
      ++answered;
    } else if constexpr (std::is_same_v<Result, consensus::Ready>) {
      const ShardNumber shard = result.group;
      is_leader(shard, result.leads);
      std::size_t count = 0;
      result.append.for_each([&](auto index, auto term, auto kind, auto) {
        ++count;
        const LogPlace place{shard, index, term};
        if (kind == consensus::EntryKind::empty) {
          step.begun.push_back(place);
          if (result.leads) groups_[shard].first = place;
          return;
        }
        INVARIANT(kind == consensus::EntryKind::payload);
        const auto entry = std::lower_bound(
            entries.begin(), entries.end(), shard,
            [](const LogPlace& other, ShardNumber number) { return other.shard < number; });
        INVARIANT(entry != entries.end() && *entry == place);
        ++step.payloads;
      });
      if (count > 0 && result.committed == result.append.last()) step.by_sync += count;
      if (result.hard.is_new())
        step.promises.push_back({shard, result.hard.term, result.hard.vote, result.hard.commit});
      if (result.committed != 0) step.committed.push_back({shard, result.committed, 0});
      if (result.needs_sync) step.synced.push_back(shard);
      INVARIANT(!result.install && result.mail.empty());  // there are no links yet
    } else if constexpr (std::is_same_v<Result, consensus::Meanwhile>) {
      is_leader(result.group, result.leads);
    }
  });
  INVARIANT(answered == entries.end());
}

// It is the core's word: it says of each entry that it is committed when this is synced. And there
// is nothing to be kept beside the entries: who leads a term has voted for itself in it.
bool Replicator::commits_by_sync(const Step& step) const {
  const std::size_t entries = step.turn.entries().size() + step.begun.size();
  if (entries == 0 || step.by_sync != entries || !step.refused.empty()) return false;
  if (journal_.anything_waits()) return false;
  return std::all_of(step.promises.begin(), step.promises.end(), [&](const LoggedPromise& promise) {
    return promise.vote == alone &&
           std::any_of(step.begun.begin(), step.begun.end(), [&](const LogPlace& entry) {
             return entry.shard == promise.shard && entry.term == promise.term;
           });
  });
}

void Replicator::write_whole(Step& step) {
  step.is_durable = journal_.log(step.turn).has_value();
  if (!step.is_durable) {
    auto outcomes = Journal::give_up(std::move(step.turn));
    step.outcomes.assign(outcomes.begin(), outcomes.end());
    return;
  }
  for (const LogPlace& entry : step.turn.entries()) groups_[entry.shard].end = entry;
  unwritten_.clear();  // commits only; and all is
  auto outcomes = journal_.apply(std::move(step.turn));
  step.outcomes.assign(outcomes.begin(), outcomes.end());
  for (const LogPlace& entry : step.begun) led_by(entry, step.news);
}

void Replicator::write_and_wait(Step& step) {
  unwritten_.insert(unwritten_.end(), step.promises.begin(), step.promises.end());
  if (!step.turn.entries().empty() || !step.synced.empty()) {
    for (std::size_t i = 0; i < step.outcomes.size(); ++i) {
      const std::size_t entry = step.turn.entry_of(i);
      if (entry == Journal::Turn::no_entry) continue;
      const LogPlace& place = step.turn.entries()[entry];
      const std::size_t append = step.places.empty() ? i : step.places[i];
      groups_[place.shard].pending.push_back(
          {place, step.number, append, step.turn.within_entry(i)});
      step.outcomes[i] = std::nullopt;
      ++waiting_;
    }
    const auto entries = step.turn.entries();
    step.is_durable = journal_.propose(std::move(step.turn), unwritten_).has_value();
    if (!step.is_durable) return;
    unwritten_.clear();
    for (const LogPlace& entry : entries) groups_[entry.shard].end = entry;
  }
  hold_refusals(step);
  for (const AppliedEntry& applied : journal_.apply(step.committed)) settle(applied, step);
}

// Another version was expected than what is in the log comes to. If that is not committed, it may
// never be.
void Replicator::hold_refusals(Step& step) {
  for (std::size_t i = 0; i < step.outcomes.size(); ++i) {
    auto& outcome = step.outcomes[i];
    if (!outcome || *outcome || outcome->error() != StorageError::wrong_version) continue;
    const ShardNumber shard = step.appends[i].shard;
    const LogPlace end = journal_.log_end(shard);
    if (end == journal_.applied_end(shard)) continue;
    const std::size_t append = step.places.empty() ? i : step.places[i];
    groups_[shard].pending.push_back({end, step.number, append, *outcome});
    outcome = std::nullopt;
    ++waiting_;
  }
}

// The first entry of a lead is applied, if it is one.
void Replicator::led_by(const LogPlace& entry, News& news) {
  Group& group = groups_[entry.shard];
  if (!group.is_leader || group.leads || group.first != entry) return;
  group.leads = true;
  ++led_;
  news.led.push_back(entry);
}

void Replicator::settle(const AppliedEntry& applied, Step& step) {
  led_by(applied.place, step.news);
  auto& pending = groups_[applied.place.shard].pending;
  // All are of one term: nobody leads again, and appends, before its first entry is applied. Terms
  // never fall within a log, so behind an entry of a later one there is none of theirs in any.
  const auto is_told = [&](const Group::Pending& one) {
    return one.entry.term < applied.place.term || one.entry.index <= applied.place.index;
  };
  while (!pending.empty() && is_told(pending.front())) {
    const Group::Pending& one = pending.front();
    Outcome outcome = tl::unexpected(StorageError::stale_epoch);
    if (one.entry == applied.place) {
      outcome = one.answer;
      if (outcome) outcome->first_seq += applied.first_seq;
    }
    step.news.settled.push_back({one.turn, one.append, outcome});
    pending.pop_front();
    --waiting_;
  }
}

// The disk failed: nobody knows, until a start.
void Replicator::lose_all(Step& step) {
  step.news.has_failed = true;
  for (Group& group : groups_)
    for (; !group.pending.empty(); group.pending.pop_front(), --waiting_)
      step.news.settled.push_back({group.pending.front().turn, group.pending.front().append,
                                   tl::unexpected(StorageError::unavailable)});
}

}  // namespace usher
