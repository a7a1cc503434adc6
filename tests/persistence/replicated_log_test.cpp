// What both stores make of the replicated log: entries with terms, truncation, trimming, copies,
// promises and tombstones come back from a restart as they were, and what is damaged is refused.
#include "persistence/log/replicated_log.hpp"

#include "base/bytes.hpp"
#include "tests/persistence/stores.hpp"
#include "tests/support/dice.hpp"

namespace usher {
namespace {

#define LOG_ON_EVERY_STORE(name) TEST_CASE_TEMPLATE(name, Place, MemoryPlace, DiskPlace)

// Any family does, as long as nobody else writes to it.
constexpr Family family = Family::journal;
constexpr std::size_t all_bytes = 1 << 20;

template <class Place>
struct LogOn {
  LogOn() { open(); }
  void open() {
    auto opened = ReplicatedLog::open(place.store(), family);
    REQUIRE_MESSAGE(opened.has_value(), opened.error());
    log = std::move(*opened);
  }
  void restart() {
    log.reset();
    place.restart();
    open();
  }
  [[nodiscard]] std::string refusal() {
    log.reset();
    place.restart();
    const auto opened = ReplicatedLog::open(place.store(), family);
    return opened ? "" : opened.error();
  }
  ReplicatedLog* operator->() { return log.get(); }

  BatchNumber write(const LogChange& change) {
    const auto written = log->write({&change, 1});
    REQUIRE(written.has_value());
    return *written;
  }
  void written_up_to(LogGroup group, LogIndex index) {
    WriteBatch batch;
    log->put_written(batch, group, index);
    REQUIRE(place.store().write(batch).has_value());
    log->note_written(group, index);
  }

  Place place;
  std::unique_ptr<ReplicatedLog> log;
};

LogEntry entry(LogTerm term, std::string payload) {
  return {term, log_kind_payload, std::move(payload)};
}
LogChange opened(LogGroup group, LogReplica replica) {
  LogChange change{.group = group, .replica = replica};
  change.opens = true;
  return change;
}
LogChange appended(LogGroup group, LogReplica replica, LogIndex first,
                   std::vector<LogEntry> entries, std::optional<LogPromise> promise = {}) {
  LogChange change{.group = group, .replica = replica};
  change.first = first;
  change.entries = std::move(entries);
  change.promise = promise;
  return change;
}
// Group 3, replica 7: entries 1 to 5 of terms 1, 1, 2, 2, 4; the third is a change of membership.
template <class Place>
void write_five(LogOn<Place>& log) {
  log.write(opened(3, 7));
  log.write(appended(3, 7, 1, {entry(1, "a"), entry(1, "b")}, LogPromise{1, 7, 1}));
  log.write(appended(3, 7, 3, {{2, 3, "c"}, entry(2, "d")}, LogPromise{2, 9, 1}));
  log.write(appended(3, 7, 5, {entry(4, "")}, LogPromise{4, 0, 2}));
}
template <class Place>
Texts texts(LogOn<Place>& log, LogGroup group, LogIndex first, LogIndex last,
            std::size_t bytes_max = all_bytes) {
  const auto read = log->read(group, first, last, bytes_max);
  REQUIRE(read.has_value());
  Texts all;
  for (const LogEntry& one : *read) all.push_back(std::to_string(one.term) + one.payload);
  return all;
}

LOG_ON_EVERY_STORE("log: entries, terms and promises come back as they were") {
  LogOn<Place> log;
  write_five(log);
  for (const bool after_restart : {false, true}) {
    CAPTURE(after_restart);
    if (after_restart) log.restart();
    const auto& group = log->group(3);
    CHECK(group.replica == 7);
    CHECK(group.promise == LogPromise{4, 0, 2});
    CHECK(group.last == 5);
    CHECK(group.base == LogBase{});
    CHECK(group.runs == std::vector<ReplicatedLog::Run>{{1, 1}, {3, 2}, {5, 4}});
    CHECK(group.specials == std::vector<ReplicatedLog::Special>{{3, {2, 3, "c"}}});
    CHECK(texts(log, 3, 1, 5) == Texts{"1a", "1b", "2c", "2d", "4"});
    CHECK(texts(log, 3, 2, 3) == Texts{"1b", "2c"});
    std::vector<LogTerm> terms;
    for (LogIndex i = 0; i <= 6; ++i) terms.push_back(group.term_at(i));
    CHECK(terms == std::vector<LogTerm>{0, 1, 1, 2, 2, 4, 0});
    CHECK(log->last_batch() == 4);
  }
}

LOG_ON_EVERY_STORE("log: groups do not touch each other") {
  LogOn<Place> log;
  write_five(log);
  const std::vector<LogChange> changes = {
      opened(0xfffe, 70), appended(0xfffe, 70, 1, {entry(1, "x")}, LogPromise{1, 70, 1}),
      appended(3, 7, 6, {entry(4, "y")}), opened(4, 71)};
  REQUIRE(log->write(changes).has_value());
  log.restart();
  CHECK(texts(log, 3, 1, 6) == Texts{"1a", "1b", "2c", "2d", "4", "4y"});
  CHECK(texts(log, 0xfffe, 1, 1) == Texts{"1x"});
  CHECK(log->group(4).replica == 71);
  CHECK(log->group(5) == ReplicatedLog::Group{});
  CHECK(log->groups().size() == 3);
}

LOG_ON_EVERY_STORE("log: what a new leader sends replaces the tail, in one batch") {
  LogOn<Place> log;
  write_five(log);
  log.write(appended(3, 7, 4, {entry(5, "new")}, LogPromise{5, 8, 4}));
  for (const bool after_restart : {false, true}) {
    CAPTURE(after_restart);
    if (after_restart) log.restart();
    CHECK(log->group(3).last == 4);
    CHECK(log->group(3).runs == std::vector<ReplicatedLog::Run>{{1, 1}, {3, 2}, {4, 5}});
    CHECK(texts(log, 3, 1, 4) == Texts{"1a", "1b", "2c", "5new"});
    CHECK(log->read(3, 4, 5, all_bytes) == tl::unexpected(StorageError::corrupt));
  }
  log.write(appended(3, 7, 5, {entry(6, "e"), entry(6, "f")}, LogPromise{6, 8, 4}));
  log.restart();
  CHECK(texts(log, 3, 4, 6) == Texts{"5new", "6e", "6f"});
}

LOG_ON_EVERY_STORE("log: a longer replacement, and one that takes a special entry with it") {
  LogOn<Place> log;
  write_five(log);
  log.write(appended(3, 7, 3, {entry(5, "p"), entry(5, "q"), entry(5, "r"), {5, 254, ""}},
                     LogPromise{5, 8, 2}));
  log.restart();
  CHECK(texts(log, 3, 1, 6) == Texts{"1a", "1b", "5p", "5q", "5r", "5"});
  CHECK(log->group(3).specials == std::vector<ReplicatedLog::Special>{{6, {5, 254, ""}}});
}

LOG_ON_EVERY_STORE("log: it is trimmed behind what is written, and goes on") {
  LogOn<Place> log;
  write_five(log);
  log.written_up_to(3, 4);
  LogChange trim{.group = 3, .replica = 7};
  trim.trim = LogBase{4, 2, "members"};
  log.write(trim);
  for (const bool after_restart : {false, true}) {
    CAPTURE(after_restart);
    if (after_restart) log.restart();
    const auto& group = log->group(3);
    CHECK(group.base == LogBase{4, 2, "members"});
    CHECK(group.written == 4);
    CHECK(group.last == 5);
    CHECK(group.term_at(4) == 2);
    CHECK(group.term_at(3) == 0);
    CHECK(group.runs == std::vector<ReplicatedLog::Run>{{5, 4}});
    CHECK(group.specials.empty());
    CHECK(texts(log, 3, 5, 5) == Texts{"4"});
    CHECK(log->read(3, 4, 5, all_bytes) == tl::unexpected(StorageError::corrupt));
  }
  log.written_up_to(3, 5);
  trim.trim = LogBase{5, 4, ""};
  log.write(trim);  // all of it
  log.restart();
  CHECK(log->group(3).last == 5);
  CHECK(log->group(3).runs.empty());
  log.write(appended(3, 7, 6, {entry(4, "z")}));
  log.restart();
  CHECK(texts(log, 3, 6, 6) == Texts{"4z"});
}

LOG_ON_EVERY_STORE("log: a trim within a term keeps the rest of it") {
  LogOn<Place> log;
  write_five(log);
  log.written_up_to(3, 1);
  LogChange trim{.group = 3, .replica = 7};
  trim.trim = LogBase{1, 1, ""};
  log.write(trim);
  CHECK(log->group(3).runs == std::vector<ReplicatedLog::Run>{{2, 1}, {3, 2}, {5, 4}});
  const auto before = log->group(3);
  log.restart();
  CHECK(log->group(3) == before);
}

LOG_ON_EVERY_STORE("log: a copy takes the place of all that was there") {
  LogOn<Place> log;
  write_five(log);
  LogChange install{.group = 3, .replica = 7};
  install.install = LogInstall{{100, 5, "members"}, 120};
  install.promise = LogPromise{6, 0, 100};
  log.write(install);
  for (const bool after_restart : {false, true}) {
    CAPTURE(after_restart);
    if (after_restart) log.restart();
    const auto& group = log->group(3);
    CHECK(group.base == LogBase{100, 5, "members"});
    CHECK(group.last == 100);
    CHECK(group.copied == 120);
    CHECK(group.written == 120);
    CHECK(group.runs.empty());
    CHECK(group.specials.empty());
  }
  // What comes up to the copy's index changes nothing in the families, and may still be replaced.
  log.write(appended(3, 7, 101, {entry(5, "a"), entry(5, "b")}));
  log.write(appended(3, 7, 102, {entry(6, "c")}));
  log.restart();
  CHECK(texts(log, 3, 101, 102) == Texts{"5a", "6c"});
  CHECK(log->group(3).written == 120);
}

LOG_ON_EVERY_STORE("log: a replica that is dropped leaves a tombstone, and another may come") {
  LogOn<Place> log;
  write_five(log);
  log.written_up_to(3, 2);
  LogChange drop{.group = 3, .replica = 7};
  drop.drops = true;
  log.write(drop);
  for (const bool after_restart : {false, true}) {
    CAPTURE(after_restart);
    if (after_restart) log.restart();
    ReplicatedLog::Group gone;
    gone.tombstone = 7;
    CHECK(log->group(3) == gone);
  }
  // With a copied state, in one batch.
  LogChange back = opened(3, 8);
  back.install = LogInstall{{50, 4, "m"}, 50};
  back.promise = LogPromise{4, 0, 50};
  log.write(back);
  log.restart();
  CHECK(log->group(3).replica == 8);
  CHECK(log->group(3).tombstone == 7);
  CHECK(log->group(3).promise == LogPromise{4, 0, 50});
  CHECK(log->group(3).written == 50);
}

LOG_ON_EVERY_STORE("log: a read ends with the entry that goes past its bytes, but has one") {
  LogOn<Place> log;
  log.write(opened(3, 7));
  log.write(appended(3, 7, 1, {entry(1, "aaaa"), entry(1, "bbbb"), entry(1, "cccc")},
                     LogPromise{1, 7, 0}));
  CHECK(texts(log, 3, 1, 3, 8) == Texts{"1aaaa", "1bbbb"});
  CHECK(texts(log, 3, 1, 3, 7) == Texts{"1aaaa"});
  CHECK(texts(log, 3, 1, 3, 0) == Texts{"1aaaa"});
  CHECK(texts(log, 3, 2, 3, 100) == Texts{"1bbbb", "1cccc"});
  CHECK(texts(log, 3, 4, 3).empty());
}

LOG_ON_EVERY_STORE("log: the largest payload passes") {
  LogOn<Place> log;
  log.write(opened(3, 7));
  const std::string large(log_payload_bytes_max, 'x');
  log.write(appended(3, 7, 1, {entry(1, large)}, LogPromise{1, 7, 0}));
  log.restart();
  CHECK(log->read(3, 1, 1, 0)->front().payload == large);
}

LOG_ON_EVERY_STORE("log: batches are numbered without a gap, also those without an entry") {
  LogOn<Place> log;
  CHECK(log->last_batch() == 0);
  CHECK(log.write(opened(1, 1)) == 1);
  log.restart();
  CHECK(log->last_batch() == 1);
  LogChange promise{.group = 1, .replica = 1};
  promise.promise = LogPromise{5, 2, 0};
  CHECK(log.write(promise) == 2);
  CHECK(log->write({}) == BatchNumber{3});
  log.restart();
  CHECK(log->last_batch() == 3);
}

LOG_ON_EVERY_STORE("log: what is written says nothing twice") {
  // A node that is alone pays for its entries and the batch's number, and for no head.
  LogOn<Place> log;
  log.write(opened(3, 7));
  log.write(appended(3, 7, 1, {entry(1, "a")}, LogPromise{1, 7, 0}));
  std::size_t puts = 0;
  const auto count = [&](const LogChange& change) {
    class Counting final : public Store {
     public:
      Counting(Store& below, std::size_t& puts) : below_(below), puts_(puts) {}
      tl::expected<void, StorageError> write(const WriteBatch& batch) override {
        puts_ = batch.puts.size();
        return below_.write(batch);
      }
      tl::expected<RedoNumber, StorageError> log(
          const std::string& record, const std::optional<NewestRecord>& newest) override {
        return below_.log(record, newest);
      }
      void apply(std::string entries, RedoNumber done) override {
        below_.apply(std::move(entries), done);
      }
      std::vector<WaitingRecord> take_waiting() override { return below_.take_waiting(); }
      tl::expected<std::optional<std::string>, StorageError> get(Family f, std::string_view key,
                                                                 Reach reach) const override {
        return below_.get(f, key, reach);
      }
      std::unique_ptr<Cursor> scan(Family f, KeyRange range, Reach reach) const override {
        return below_.scan(f, std::move(range), reach);
      }
      std::unique_ptr<Moment> moment() const override { return below_.moment(); }
      std::optional<NewestRecord> acknowledged() const override { return below_.acknowledged(); }
      std::optional<std::string> failure() const override { return below_.failure(); }
      std::uint64_t approximate_bytes() const override { return below_.approximate_bytes(); }

     private:
      Store& below_;
      std::size_t& puts_;
    } store{log.place.store(), puts};
    auto counted = ReplicatedLog::open(store, family);
    REQUIRE(counted.has_value());
    REQUIRE((*counted)->write({&change, 1}).has_value());
    return puts;
  };
  CHECK(count(appended(3, 7, 2, {entry(1, "b"), entry(1, "c")})) == 3);
  CHECK(count(appended(3, 7, 4, {entry(1, "d")}, LogPromise{1, 7, 0})) == 2);  // no new promise
  CHECK(count(appended(3, 7, 5, {entry(1, "e")}, LogPromise{1, 7, 4})) == 3);
  CHECK(count(appended(3, 7, 5, {entry(2, "f")}, LogPromise{2, 7, 4})) == 3);  // over the old one
}

// ---- faults

TEST_CASE("log: a write that fails ends writing; a restart finds all of it or nothing") {
  for (const auto outcome : {MemoryDisk::Outcome::lost, MemoryDisk::Outcome::kept}) {
    LogOn<MemoryPlace> log;
    write_five(log);
    const auto before = log->group(3);
    log.place.disk->fail_next_write(outcome);
    const LogChange change = appended(3, 7, 4, {entry(9, "x"), entry(9, "y")}, LogPromise{9, 1, 3});
    CHECK(log->write({&change, 1}) == tl::unexpected(StorageError::unavailable));
    CHECK(log->write({}) == tl::unexpected(StorageError::unavailable));
    log.restart();
    if (outcome == MemoryDisk::Outcome::lost) {
      CHECK(log->group(3) == before);
      CHECK(log->last_batch() == 4);
    } else {
      CHECK(texts(log, 3, 3, 5) == Texts{"2c", "9x", "9y"});
      CHECK(log->group(3).promise == LogPromise{9, 1, 3});
      CHECK(log->last_batch() == 5);
    }
  }
}

// Damages what a log has with one put or deletion, and says how the next start calls it.
template <class Place>
std::string after(LogOn<Place>& log, std::string key, std::optional<std::string> value) {
  WriteBatch batch;
  batch.puts.push_back({family, std::move(key), std::move(value)});
  REQUIRE(log.place.store().write(batch).has_value());
  return log.refusal();
}
std::string entry_key(LogGroup group, LogIndex index) {
  return ByteWriter{}.u16(group).u8(3).u64(index).take();
}
std::string key(LogGroup group, std::uint8_t what) {
  return ByteWriter{}.u16(group).u8(what).take();
}

LOG_ON_EVERY_STORE("log: what is damaged is refused, and the place is named") {
  LogOn<Place> log;
  write_five(log);
  log.written_up_to(3, 2);
  const auto value_at = [&](const std::string& at) { return **log.place.store().get(family, at); };
  const auto flipped = [&](const std::string& at) {
    std::string value = value_at(at);
    value[value.size() / 2] = static_cast<char>(value[value.size() / 2] ^ 1);
    return value;
  };
  CHECK(log.refusal() == "");
  SUBCASE("a bit of an entry") {
    CHECK(after(log, entry_key(3, 2), flipped(entry_key(3, 2))).find("entry 2 of group 3") !=
          std::string::npos);
  }
  SUBCASE("an entry is missing") {
    CHECK(after(log, entry_key(3, 4), std::nullopt).find("entry 5 of group 3") !=
          std::string::npos);
  }
  SUBCASE("the last one that is committed is missing") {
    for (const LogIndex index : {5, 4, 3}) (void)after(log, entry_key(3, index), std::nullopt);
    CHECK(after(log, entry_key(3, 2), std::nullopt).find("group 3 ends at 1") != std::string::npos);
  }
  SUBCASE("an intact entry in another's place") {
    CHECK(after(log, entry_key(3, 2), value_at(entry_key(3, 1))).find("entry 2 of group 3") !=
          std::string::npos);
  }
  SUBCASE("the head") {
    CHECK(after(log, key(3, 0), flipped(key(3, 0))).find("the head of group 3") !=
          std::string::npos);
  }
  SUBCASE("no head") {
    CHECK(after(log, key(3, 0), std::nullopt).find("group 3 has something, but no head") !=
          std::string::npos);
  }
  SUBCASE("the mark") {
    CHECK(after(log, key(3, 2), flipped(key(3, 2))).find("the mark of group 3") !=
          std::string::npos);
  }
  SUBCASE("the number of the last batch") {
    CHECK(after(log, key(no_log_group, 0), flipped(key(no_log_group, 0)))
              .find("the number of the last batch") != std::string::npos);
  }
  SUBCASE("no number of the last batch") {
    CHECK(after(log, key(no_log_group, 0), std::nullopt).find("the last batch is 0") !=
          std::string::npos);
  }
  SUBCASE("a key of nobody") {
    CHECK(after(log, "x", "y").find("a key that can't be one") != std::string::npos);
    CHECK(after(log, key(3, 4), "y").find("a key that can't be one") != std::string::npos);
  }
}

LOG_ON_EVERY_STORE("log: an entry that is damaged is not read") {
  LogOn<Place> log;
  write_five(log);
  WriteBatch batch;
  batch.put(family, entry_key(3, 2), "damaged");
  REQUIRE(log.place.store().write(batch).has_value());
  CHECK(log->read(3, 1, 5, all_bytes) == tl::unexpected(StorageError::corrupt));
  CHECK(texts(log, 3, 3, 5).size() == 3);
}

// ---- against a model

struct ModelGroup {
  LogReplica replica = 0, tombstone = 0;
  LogPromise promise;
  LogBase base;
  LogIndex written = 0, copied = 0;
  std::vector<LogEntry> entries;
  [[nodiscard]] LogIndex last() const { return base.index + entries.size(); }
  [[nodiscard]] LogTerm last_term() const {
    return entries.empty() ? base.term : entries.back().term;
  }
};

template <class Place>
void walk_at_random(std::uint64_t seed, int steps) {
  constexpr LogGroup groups = 3;
  test::Dice dice{seed};
  LogOn<Place> log;
  ModelGroup model[groups];
  LogReplica next_replica = 1;
  int truncations = 0, trims = 0, copies = 0, drops = 0;
  for (int step = 0; step < steps; ++step) {
    const auto nr = static_cast<LogGroup>(dice.below(groups));
    ModelGroup& at = model[nr];
    LogChange change{.group = nr, .replica = at.replica};
    if (at.replica == 0) {
      change.replica = at.replica = next_replica++;
      change.opens = true;
    } else {
      switch (dice.below(12)) {
        case 0:
          change.drops = true;
          at = ModelGroup{
              .replica = 0, .tombstone = at.replica, .promise = {}, .base = {}, .entries = {}};
          ++drops;
          break;
        case 1: {
          at.base = {at.last() + dice.below(5), at.promise.term, std::string(dice.below(9), 'm')};
          if (at.base.term == 0) at.base.term = at.promise.term = 1;
          at.copied = at.written = at.base.index + dice.below(3);
          at.entries.clear();
          at.promise.commit = at.base.index;
          change.install = LogInstall{at.base, at.copied};
          change.promise = at.promise;
          ++copies;
          break;
        }
        case 2: {
          if (at.written < at.base.index || at.entries.empty()) continue;
          const LogIndex index =
              at.base.index + dice.below(std::min(at.written, at.last()) - at.base.index + 1);
          const auto gone = static_cast<std::ptrdiff_t>(index - at.base.index);
          const LogTerm term =
              gone == 0 ? at.base.term : at.entries[static_cast<std::size_t>(gone) - 1].term;
          at.entries.erase(at.entries.begin(), at.entries.begin() + gone);
          at.base = {index, term, std::string(dice.below(9), 't')};
          change.trim = at.base;
          trims += gone > 0 ? 1 : 0;
          break;
        }
        case 3: {
          const LogIndex committed = std::min(at.promise.commit, at.last());
          if (committed <= at.written) continue;
          at.written += 1 + dice.below(committed - at.written);
          log.written_up_to(nr, at.written);
          continue;
        }
        case 4:
          log.restart();
          continue;
        default: {
          // From behind what is committed, in a newer term if it replaces something.
          LogIndex first = at.last() + 1;
          const LogIndex fixed = std::max(at.promise.commit, at.base.index);
          if (dice.below(3) == 0 && fixed < at.last()) {
            first = fixed + 1 + dice.below(at.last() - fixed);
            at.entries.resize(first - at.base.index - 1);
            ++at.promise.term;
            ++truncations;
          }
          at.promise.term = std::max<LogTerm>(at.promise.term + dice.below(2), 1);
          for (auto n = 1 + dice.below(4); n > 0; --n) {
            const auto kind = dice.below(4) == 0 ? std::uint8_t{3} : log_kind_payload;
            change.entries.push_back(
                {at.promise.term, kind, std::string(dice.below(20), static_cast<char>('a' + n))});
            at.entries.push_back(change.entries.back());
          }
          change.first = first;
          at.promise.commit += dice.below(at.last() - std::min(at.last(), at.promise.commit) + 1);
          at.promise.vote = dice.below(3);
          change.promise = at.promise;
        }
      }
    }
    log.write(change);
    for (LogGroup number = 0; number < groups; ++number) {
      CAPTURE(seed);
      CAPTURE(step);
      CAPTURE(number);
      const ModelGroup& wanted = model[number];
      const auto& group = log->group(number);
      REQUIRE(group.replica == wanted.replica);
      REQUIRE(group.tombstone == wanted.tombstone);
      REQUIRE(group.promise == wanted.promise);
      REQUIRE(group.base == wanted.base);
      REQUIRE(group.written == wanted.written);
      REQUIRE(group.last == wanted.last());
      REQUIRE(group.term_at(group.last) == wanted.last_term());
      std::vector<ReplicatedLog::Special> specials;
      for (std::size_t i = 0; i < wanted.entries.size(); ++i) {
        const LogIndex index = wanted.base.index + 1 + i;
        REQUIRE(group.term_at(index) == wanted.entries[i].term);
        if (wanted.entries[i].kind != log_kind_payload)
          specials.push_back({index, wanted.entries[i]});
      }
      REQUIRE(group.specials == specials);
      const auto read = log->read(number, wanted.base.index + 1, wanted.last(), all_bytes);
      REQUIRE(read.has_value());
      REQUIRE(*read == wanted.entries);
    }
  }
  CHECK(truncations > 0);
  CHECK(trims > 0);
  CHECK(copies > 0);
  CHECK(drops > 0);
}

TEST_CASE("log: a random walk agrees with a model at every step, in memory") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) walk_at_random<MemoryPlace>(seed, 400);
}
TEST_CASE("log: a random walk agrees with a model at every step, on disk") {
  walk_at_random<DiskPlace>(1, 200);
}

}  // namespace
}  // namespace usher
