#include "persistence/verify.hpp"

#include <algorithm>
#include <exception>
#include <tuple>
#include <utility>

#include "persistence/key_layout.hpp"
#include "persistence/record_codec.hpp"

namespace usher {
namespace {

constexpr std::uint64_t progress_every = 10'000;  // records

std::string unreadable(StorageError error) {
  return "can't be read: " + std::string{name_of(error)};
}

class Verification {
 public:
  Verification(const Store& store, const VerifyOptions& options, VerifyReport& report)
      : store_(store), options_(options), report_(report) {}

  void run() {
    if (!read_format()) return;
    read_tails();
    for (ShardNumber shard = 0; shard < report_.shard_count; ++shard) {
      walk_records(shard);
      walk_streams(shard);
      walk_snapshots(shard);
      walk_reminders(shard);
      options_.shard_done(shard);
    }
    walk_rows();
    look_for_unknown_shards();
    walk_feed();
    options_.progress(report_.records, records_expected_);
  }

  void find(std::optional<ShardNumber> shard, std::optional<Offset> offset, std::string what) {
    if (report_.findings.size() < options_.findings_max)
      report_.findings.push_back({shard, offset, std::move(what)});
    else
      ++report_.findings_dropped;
  }

 private:
  // The records themselves are not what they were.
  void miss(ShardNumber shard, Offset offset, std::string what) {
    walk_.is_whole = false;
    find(shard, offset, std::move(what));
  }
  bool read_format();
  void read_tails();
  void walk_records(ShardNumber shard);
  void check_record(const Record& record, bool chained);
  void check_in_streams(const Record& record);
  void check_tail(ShardNumber shard, Offset end);
  void walk_streams(ShardNumber shard);
  void walk_snapshots(ShardNumber shard);
  void walk_reminders(ShardNumber shard);
  void walk_rows();
  void look_for_unknown_shards();
  void walk_feed();
  void check_place_in_feed(FeedSeq seq, ShardNumber shard, Offset offset);

  // Where the walk through a shard's records stands.
  struct Walk {
    RecordHash hash{};  // of the record before
    Epoch epoch = 0;
    CommitStamp time = 0;
    std::uint64_t records = 0;  // intact ones
    bool is_whole = true;       // and so they are all, one after the other
  };
  // Where the feed stands in a shard, and the shard's records beside it.
  struct Lane {
    std::unique_ptr<Cursor> records;
    Offset next = 0;
  };

  const Store& store_;
  const VerifyOptions& options_;
  VerifyReport& report_;
  std::vector<keys::ShardTail> tails_;
  std::vector<Lane> lanes_;
  std::uint64_t records_expected_ = 0;
  Walk walk_;
  // The place before in the feed's order, which is (time, shard, offset) in a store that nobody but
  // its own node has ever decided for; else it is that in which shards' entries were committed.
  std::tuple<CommitStamp, ShardNumber, Offset> feed_before_{};
  bool was_alone_ = true;
};

bool Verification::read_format() {
  const auto stored = store_.get(Family::meta, keys::format());
  if (!stored) return find({}, {}, "the format " + unreadable(stored.error())), false;
  if (!*stored) return find({}, {}, "the format is missing"), false;
  const auto format = keys::read_format_value(**stored);
  if (!format) return find({}, {}, "the format is damaged"), false;
  if (!keys::knows_format(format->version))
    return find({}, {}, "unknown format " + std::to_string(format->version)), false;
  report_.shard_count = format->shard_count;
  return true;
}

void Verification::read_tails() {
  tails_.resize(report_.shard_count);
  for (ShardNumber shard = 0; shard < report_.shard_count; ++shard) {
    const auto stored = store_.get(Family::meta, keys::tail(shard));
    if (!stored) {
      find(shard, {}, "the shard's end " + unreadable(stored.error()));
    } else if (*stored) {
      if (const auto tail = keys::read_tail_value(**stored))
        tails_[shard] = *tail;
      else
        find(shard, {}, "the shard's end is damaged");
    }
    records_expected_ += tails_[shard].next;
    const auto promise = store_.get(Family::meta, keys::promise(shard));
    if (!promise)
      find(shard, {}, "the promise to consensus " + unreadable(promise.error()));
    else if (*promise && !keys::read_promise_value(shard, **promise))
      find(shard, {}, "the promise to consensus is damaged");
    else if (*promise)
      was_alone_ = false;
  }
}

void Verification::walk_records(ShardNumber shard) {
  walk_ = {};
  Offset next = 0;
  bool chained = true;  // the record before is there and intact
  const auto cursor = store_.scan(Family::journal, keys::all_with(keys::shard_prefix(shard)));
  for (; cursor->valid(); cursor->next(), ++next) {
    if (++report_.records % progress_every == 0)
      options_.progress(report_.records, records_expected_);
    ByteReader key{cursor->key()};
    (void)key.u16();
    const Offset offset = key.u64();
    if (!key.done()) {
      miss(shard, next, "a key that is no offset");
      --next;
      continue;
    }
    if (offset != next) {
      miss(shard, next, "missing: the next record there is has offset " + std::to_string(offset));
      next = offset;
      chained = false;
    }
    const auto record = decode_record(cursor->value(), shard, offset);
    if (!record) {
      miss(shard, offset, "damaged: the checksum or the form is wrong");
      chained = false;
      continue;
    }
    check_record(*record, chained);
    walk_.hash = hash_of(cursor->value());
    chained = true;
    options_.visit(*record);
  }
  if (cursor->error()) miss(shard, next, unreadable(*cursor->error()));
  check_tail(shard, next);
  if (!walk_.is_whole) options_.records_missed(shard);
}

void Verification::check_record(const Record& record, bool chained) {
  const auto wrong = [&](std::string what) { miss(record.shard, record.offset, std::move(what)); };
  if (chained && record.previous_hash != walk_.hash)
    wrong("the chain is broken: it doesn't carry the hash of the record before it");
  if (record.epoch < walk_.epoch) wrong("its epoch is older than that of the record before it");
  if (record.epoch > tails_[record.shard].epoch)
    find(record.shard, record.offset, "its epoch has never begun");
  if (record.time < walk_.time) wrong("its time is before that of the record before it");
  check_in_streams(record);
  walk_.epoch = record.epoch;
  walk_.time = record.time;
  ++walk_.records;
}

void Verification::check_in_streams(const Record& record) {
  const auto entry = store_.get(
      Family::streams,
      keys::with_version(keys::stream_prefix(record.shard, record.stream), record.version));
  if (!entry)
    find(record.shard, record.offset, "its entry in streams " + unreadable(entry.error()));
  else if (!*entry)
    find(record.shard, record.offset, "it has no entry in streams");
  else if (keys::read_stream_value(**entry) != record.offset)
    find(record.shard, record.offset, "its entry in streams names another record");
}

void Verification::check_tail(ShardNumber shard, Offset end) {
  const keys::ShardTail& tail = tails_[shard];
  if (tail.next > end)
    miss(shard, end, "the records end here, but the shard's end is " + std::to_string(tail.next));
  else if (tail.next != end)
    find(shard, end, "the records end here, but the shard's end is " + std::to_string(tail.next));
  else if (tail.last_hash != walk_.hash || tail.stamp != walk_.time)
    find(shard, end, "the shard's end doesn't carry the hash and time of the last record");
}

void Verification::walk_streams(ShardNumber shard) {
  std::string stream;
  StreamVersion version = 0;
  Offset offset = 0;
  std::uint64_t entries = 0;
  const auto cursor = store_.scan(Family::streams, keys::all_with(keys::shard_prefix(shard)));
  for (; cursor->valid(); cursor->next(), ++entries) {
    const auto key = keys::read_stream_key(cursor->key());
    const auto at = keys::read_stream_value(cursor->value());
    if (!key || !at) {
      find(shard, {}, "an entry in streams is damaged");
      continue;
    }
    const bool same = stream == key->stream;
    if (key->version != (same ? version + 1 : 1))
      find(shard, *at, "the versions of its stream have a gap before it");
    if (same && *at <= offset) find(shard, *at, "it stands before an older version of its stream");
    if (!same) stream = key->stream;
    version = key->version;
    offset = *at;
  }
  if (cursor->error()) find(shard, {}, "streams " + unreadable(*cursor->error()));
  // Every intact record has its entry, so equal numbers mean that no entry is left over.
  else if (entries != walk_.records)
    find(shard, {},
         std::to_string(entries) + " entries in streams for " + std::to_string(walk_.records) +
             " intact records");
}

void Verification::walk_snapshots(ShardNumber shard) {
  const auto cursor = store_.scan(Family::snapshots, keys::all_with(keys::shard_prefix(shard)));
  for (; cursor->valid(); cursor->next()) {
    const auto snapshot = keys::read_snapshot_value(cursor->value());
    if (!snapshot) {
      find(shard, {}, "a snapshot is damaged; it is safe to delete");
      continue;
    }
    const auto has = [&](StreamVersion version) {
      const auto entry =
          store_.get(Family::streams, keys::with_version(std::string{cursor->key()}, version));
      return !entry || entry->has_value();  // unreadable ones were found before
    };
    if (snapshot->version == 0 || !has(snapshot->version))
      find(shard, {}, "a snapshot is newer than its stream");
    else if (has(snapshot->version + 1))
      find(shard, {}, "a snapshot is older than its stream");
  }
  if (cursor->error()) find(shard, {}, "snapshots " + unreadable(*cursor->error()));
}

void Verification::walk_reminders(ShardNumber shard) {
  const auto cursor = store_.scan(Family::reminders, keys::all_with(keys::shard_prefix(shard)));
  for (; cursor->valid(); cursor->next())
    if (!keys::read_reminder(cursor->key())) find(shard, {}, "a reminder is damaged");
  if (cursor->error()) find(shard, {}, "reminders " + unreadable(*cursor->error()));
}

void Verification::walk_rows() {
  const auto cursor = store_.scan(Family::views, {});
  for (; cursor->valid(); cursor->next()) {
    const auto key = keys::read_row_key(cursor->key());
    if (!key)
      find({}, {}, "a row's key is damaged");
    else if (key->shard >= report_.shard_count)
      find(key->shard, {}, "there is a row of it, but it doesn't exist");
  }
  if (cursor->error()) find({}, {}, "views " + unreadable(*cursor->error()));
}

void Verification::look_for_unknown_shards() {
  for (const Family family :
       {Family::journal, Family::streams, Family::snapshots, Family::reminders, Family::meta}) {
    KeyRange range{keys::shard_prefix(report_.shard_count), {}, Direction::ascending};
    if (family == Family::meta) range.upper = keys::shard_prefix(keys::no_shard);
    const auto cursor = store_.scan(family, std::move(range));
    if (cursor->valid())
      find({}, {}, std::string{name_of(family)} + " has entries of a shard that doesn't exist");
  }
}

void Verification::walk_feed() {
  for (ShardNumber shard = 0; shard < report_.shard_count; ++shard)
    lanes_.push_back({store_.scan(Family::journal, keys::all_with(keys::shard_prefix(shard))), 0});

  FeedSeq next = 1;
  const auto cursor = store_.scan(Family::feed, {});
  for (; cursor->valid(); cursor->next()) {
    const auto entry = keys::read_feed_entry(cursor->key(), cursor->value());
    const auto is_known = [&](const keys::FeedRun& run) { return run.shard < report_.shard_count; };
    if (!entry || !std::all_of(entry->runs.begin(), entry->runs.end(), is_known)) {
      find({}, {}, "the feed's entry behind " + std::to_string(next - 1) + " is damaged");
      next = keys::read_feed_key(cursor->key()).value_or(next - 1) + 1;
      continue;
    }
    if (entry->first != next)
      find({}, {},
           "the feed goes on with " + std::to_string(entry->first) + " behind " +
               std::to_string(next - 1));
    FeedSeq seq = entry->first;
    for (const keys::FeedRun& run : entry->runs)
      for (Offset offset = run.first; offset < run.first + run.count; ++offset)
        check_place_in_feed(seq++, run.shard, offset);
    next = entry->last + 1;
  }
  if (cursor->error()) {
    find({}, {}, "the feed " + unreadable(*cursor->error()));
    return;
  }
  for (ShardNumber shard = 0; shard < report_.shard_count; ++shard)
    if (lanes_[shard].next != tails_[shard].next)
      find(shard, lanes_[shard].next, "the feed doesn't have the shard's records from here on");
  const auto promised = store_.acknowledged();
  if (promised && promised->seq >= next)
    find(promised->shard, promised->offset,
         "it was acknowledged as " + std::to_string(promised->seq) + ", but the feed ends at " +
             std::to_string(next - 1));
}

void Verification::check_place_in_feed(FeedSeq seq, ShardNumber shard, Offset offset) {
  const std::string entry = "the feed's record " + std::to_string(seq);
  Lane& lane = lanes_[shard];
  if (offset != lane.next)
    find(shard, offset, entry + " should be the shard's offset " + std::to_string(lane.next));
  lane.next = offset + 1;

  const std::string key = keys::journal(shard, offset);
  while (lane.records->valid() && lane.records->key() < key) lane.records->next();
  if (!lane.records->valid() || lane.records->key() != key) {
    // A record that can't be read was found before; one that isn't there is found here.
    if (!lane.records->error()) find(shard, offset, entry + " isn't there");
    return;
  }
  const auto record = decode_record(lane.records->value(), shard, offset);
  if (!record) return;
  const std::tuple order{record->time, shard, offset};
  if (seq > 1 && order <= feed_before_ && was_alone_)
    find(shard, offset, entry + " is out of the order of time, shard and offset");
  feed_before_ = order;
}

}  // namespace

std::string text_of(const Finding& finding) {
  std::string text;
  if (finding.shard) text += "shard " + std::to_string(*finding.shard);
  if (finding.shard && finding.offset) text += ", offset " + std::to_string(*finding.offset);
  return text.empty() ? finding.what : text + ": " + finding.what;
}

VerifyReport verify(const Store& store, const VerifyOptions& options) noexcept {
  VerifyReport report;
  Verification verification{store, options, report};
  try {
    verification.run();
  } catch (const std::exception& error) {  // a visitor's, or no memory
    verification.find({}, {}, std::string{"the check itself failed: "} + error.what());
  }
  return report;
}

}  // namespace usher
