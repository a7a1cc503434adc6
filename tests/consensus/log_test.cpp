// The replicated log under what raft makes of it: truncations, copies, trims, drops and tombstones
// of simulated clusters are written to persistence/log as well as to the toy disks, and after each
// batch, and from each start, the two say the same.
#include <doctest/doctest.h>

#include <cstring>

#include "persistence/log/replicated_log.hpp"
#include "persistence/memory_store.hpp"
#include "tests/consensus/weather.hpp"

using namespace usher;
using namespace usher::consensus::sim;
namespace consensus = usher::consensus;

namespace {

constexpr Family family = Family::journal;

std::string bytes_of(u64 value) { return {reinterpret_cast<const char*>(&value), sizeof value}; }
std::string bytes_of(const consensus::Members& members) {
  std::string bytes;
  for (const auto& ids : {members.voters, members.learners}) {
    bytes += bytes_of(ids.size());
    for (const auto id : ids) bytes += bytes_of(id);
  }
  return bytes;
}
LogBase base_of(const consensus::Base& base) {
  return {base.index, base.term, base.index == 0 ? std::string{} : bytes_of(base.members)};
}
LogEntry entry_of(const Entry& entry) {
  return {entry.term, static_cast<std::uint8_t>(entry.kind), bytes_of(entry.value)};
}

class Logs final : public Observer {
 public:
  void written(const Node& node, const Batch& batch) override {
    Place& place = places_[node.nr];
    std::vector<LogChange> changes;
    for (const Change& change : batch.changes) {
      // Of a trim, what was before it is in the families first.
      if (change.forget > 0) {
        WriteBatch mark;
        place.log->put_written(mark, change.group, change.forget);
        if (!place.store->write(mark)) throw Finding{"the mark can't be written"};
        place.log->note_written(change.group, change.forget);
      }
      changes.push_back(change_of(place.log->group(change.group), change, node));
    }
    if (!place.log->write(changes)) throw Finding{"the log can't be written"};
    for (const Change& change : batch.changes) compare(node, change.group, false);
  }
  void started(const Node& node) override {
    Place& place = places_[node.nr];
    // The log first: it points at the store.
    place.log.reset();
    place.store = std::make_unique<MemoryStore>(place.disk);
    auto log = ReplicatedLog::open(*place.store, family);
    if (!log) throw Finding{log.error()};
    place.log = std::move(*log);
    // The founders' first entries are not written by anybody.
    const auto groups = static_cast<consensus::GroupNr>(node.disk.size());
    for (consensus::GroupNr group = 0; group < groups; ++group) {
      const Stored& stored = node.disk[group];
      if (stored.replica != 0 && place.log->group(group).replica == 0) found(place, group, stored);
      compare(node, group, true);
    }
    ++starts;
  }
  void lost_disk(const Node& node) override { places_[node.nr] = {}; }

  u64 starts = 0;
  u64 entries_read = 0;

 private:
  struct Place {
    std::shared_ptr<MemoryDisk> disk = std::make_shared<MemoryDisk>();
    std::unique_ptr<MemoryStore> store{};
    std::unique_ptr<ReplicatedLog> log{};
  };

  static LogChange change_of(const ReplicatedLog::Group& group, const Change& change,
                             const Node& node) {
    LogChange to{.group = change.group, .replica = change.replica};
    to.opens = group.replica == 0;
    to.drops = change.drop;
    if (change.hard.is_new())
      to.promise = LogPromise{change.hard.term, change.hard.vote, change.hard.commit};
    if (change.install)
      to.install = LogInstall{base_of(change.install->base), change.install->base.index};
    to.first = change.first;
    for (const Entry& entry : change.entries) to.entries.push_back(entry_of(entry));
    if (change.forget > 0) to.trim = base_of(node.disk[change.group].base.base);
    return to;
  }

  static void found(Place& place, consensus::GroupNr group, const Stored& stored) {
    LogChange first{.group = group, .replica = stored.replica};
    first.opens = true;
    first.promise = LogPromise{stored.term, stored.vote, stored.commit};
    first.first = 1;
    for (const Entry& entry : stored.log) first.entries.push_back(entry_of(entry));
    if (!place.log->write({&first, 1})) throw Finding{"the log can't be written"};
  }

  void compare(const Node& node, consensus::GroupNr number, bool reads_entries) {
    const Stored& stored = node.disk[number];
    const ReplicatedLog& log = *places_[node.nr].log;
    const auto& group = log.group(number);
    const auto check = [&](bool is_so, const char* what) {
      if (!is_so)
        throw Finding{"the log of node " + std::to_string(node.nr) + ", group " +
                      std::to_string(number) + ": " + what};
    };
    check(group.replica == stored.replica, "another replica");
    if (stored.replica == 0) {
      // (Of a lost disk, the toy knows what meta would tell.)
      check(group.tombstone == 0 || group.tombstone == stored.tombstone, "another tombstone");
      return;
    }
    check(group.promise == LogPromise{stored.term, stored.vote, stored.commit}, "another promise");
    check(group.base == base_of(stored.base.base), "another base");
    check(group.last == stored.last(), "another end");
    check(group.term_at(group.last) == stored.term_at(stored.last()), "another last term");
    if (!reads_entries) return;
    const auto read = log.read(number, group.base.index + 1, group.last, 1 << 20);
    check(read && read->size() == stored.log.size(), "entries can't be read");
    std::size_t specials = 0;
    for (std::size_t i = 0; i < stored.log.size(); ++i) {
      check((*read)[i] == entry_of(stored.log[i]), "another entry");
      check(group.term_at(group.base.index + 1 + i) == stored.log[i].term, "another term");
      specials += (*read)[i].kind != log_kind_payload ? 1 : 0;
    }
    check(specials == group.specials.size(), "other special entries");
    entries_read += read->size();
  }

  std::map<int, Place> places_;
};

}  // namespace

TEST_CASE("raft: the replicated log says what a simulated disk says, whatever raft makes of it") {
  Counts counts;
  Logs last;
  for (u64 seed = 1; seed <= 10; ++seed) {
    Logs logs;
    const auto outcome = run_seed({.seed = seed, .library = USHER_RAFT_LIBRARY, .observer = &logs});
    REQUIRE_MESSAGE(outcome.finding.empty(), outcome.finding);
    for (const auto& [what, times] : outcome.counts) counts[what] += times;
    last.starts += logs.starts;
    last.entries_read += logs.entries_read;
  }
  CHECK(last.starts > 50);
  CHECK(last.entries_read > 2'000);
  for (const char* what : {"truncations", "trims", "tombstones", "snapshots installed",
                           "opened with a copy", "disks lost"}) {
    CAPTURE(what);
    CHECK(counts[what] > 0);
  }
}
