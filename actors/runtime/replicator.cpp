#include "actors/runtime/replicator.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "base/invariant.hpp"
#include "consensus/factory.hpp"

namespace usher {
namespace {

// Replicas' ids are given out by the cluster; who is alone needs one only, for ever.
constexpr consensus::ReplicaId alone = 1;

std::unique_ptr<consensus::ConsensusCore> core_of_one() {
  auto made = consensus::make_core(consensus::CoreKind::alone, {});
  INVARIANT(made.has_value());  // it loads nothing, and its configuration is ours
  return *std::move(made);
}

// All that the journal has is applied, so committed: the group's log begins behind it.
consensus::Opening opening_at(const LogPlace& end) {
  consensus::Opening opening;
  opening.replica = opening.vote = alone;
  opening.term = end.term;
  opening.commit = end.index;
  opening.base = {end.index, end.term, {{alone}, {}}};
  return opening;
}

}  // namespace

struct Replicator::Group {
  bool is_open = false;
  bool leads = false;
  // The last entry that the core knows of. If the journal's is another one, somebody else has
  // appended: the shard's leader is not this one any more.
  LogPlace end;
};

Replicator::Replicator(Journal& journal, std::unique_ptr<consensus::ConsensusCore> core)
    : journal_(journal),
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
    operations_->open(shard, opening_at(journal_.log_end(shard)));
    operations_->campaign(shard);
  }
  std::vector<LogPlace> begun(shards.size());
  std::vector<std::size_t> places(groups_.size());
  for (std::size_t i = 0; i < shards.size(); ++i) places[shards[i]] = i;
  const auto results = core_->turn(*operations_);
  operations_->clear();
  results.for_each([&](const auto& result) {
    if constexpr (std::is_same_v<decltype(result), const consensus::Ready&>) {
      INVARIANT(result.leads && result.needs_sync && result.hard.term != 0);
      const LogPlace end = journal_.log_end(result.group);
      const consensus::Index first = end.index + 1;
      INVARIANT(result.append.first == first && result.append.last() == first &&
                result.committed == first && result.hard.term > end.term);
      begun[places[result.group]] = {result.group, first, result.hard.term};
      operations_->synced(result.group);
    }
  });
  auto turn = journal_.prepare_epochs(begun);
  INVARIANT(turn.entries() == begun);  // each of them has one
  if (const auto logged = journal_.log(turn); !logged) return tl::unexpected(logged.error());
  journal_.apply(std::move(turn));
  std::vector<Epoch> epochs;
  for (const LogPlace& entry : begun) {
    groups_[entry.shard].leads = true;
    groups_[entry.shard].end = entry;
    epochs.push_back(entry.term);
  }
  return epochs;
}

std::vector<tl::expected<Appended, StorageError>> Replicator::write(
    std::span<const Append> appends) {
  std::vector<bool> is_refused(appends.size());
  for (std::size_t i = 0; i < appends.size(); ++i) is_refused[i] = !leads(appends[i].shard);
  if (std::find(is_refused.begin(), is_refused.end(), true) != is_refused.end())
    return write_some(appends, is_refused);
  auto prepared = journal_.prepare(appends);
  if (!prepared.entries().empty() && !turn(prepared)) return Journal::give_up(std::move(prepared));
  return journal_.apply(std::move(prepared));
}

// What is refused was never proposed, so it certainly has not happened.
std::vector<tl::expected<Appended, StorageError>> Replicator::write_some(
    std::span<const Append> appends, const std::vector<bool>& is_refused) {
  std::vector<Append> rest;
  for (std::size_t i = 0; i < appends.size(); ++i)
    if (!is_refused[i]) rest.push_back(appends[i]);
  std::vector<tl::expected<Appended, StorageError>> all(appends.size(),
                                                        tl::unexpected(StorageError::stale_epoch));
  if (rest.empty()) return all;
  auto written = write(rest);
  auto next = written.begin();
  for (std::size_t i = 0; i < appends.size(); ++i)
    if (!is_refused[i]) all[i] = *next++;
  return all;
}

// Durable, and committed, when this returns.
tl::expected<void, StorageError> Replicator::turn(Journal::Turn& turn) {
  for (const LogPlace& entry : turn.entries()) operations_->propose(entry.shard, 1);
  const auto results = core_->turn(*operations_);
  operations_->clear();
  // The answers come in the order of the proposals, the Readys in any.
  auto answered = turn.entries().begin();
  std::size_t ready = 0;
  results.for_each([&](const auto& result) {
    if constexpr (std::is_same_v<decltype(result), const consensus::Answer&>) {
      INVARIANT(result.taken && result.group == answered->shard &&
                result.first == answered->index && result.term == answered->term);
      ++answered;
    } else if constexpr (std::is_same_v<decltype(result), const consensus::Ready&>) {
      const auto entry = std::lower_bound(
          turn.entries().begin(), turn.entries().end(), result.group,
          [](const LogPlace& place, consensus::GroupNr group) { return place.shard < group; });
      INVARIANT(entry != turn.entries().end() && entry->shard == result.group &&
                result.append.first == entry->index && result.append.last() == entry->index &&
                result.committed == entry->index);
      operations_->synced(result.group);  // in the next turn, which is after all this
      ++ready;
    }
  });
  INVARIANT(answered == turn.entries().end() && ready == turn.entries().size());
  if (const auto logged = journal_.log(turn); !logged) return logged;
  for (const LogPlace& entry : turn.entries()) groups_[entry.shard].end = entry;
  return {};
}

}  // namespace usher
