#include "persistence/log/replicated_log.hpp"

#include <algorithm>
#include <utility>

#include "base/bytes.hpp"
#include "base/invariant.hpp"
#include "persistence/checksum.hpp"

namespace usher {
namespace {

constexpr std::uint8_t log_form = 1;
constexpr std::size_t crc_bytes = 4;

enum class What : std::uint8_t { head = 0, tombstone = 1, written = 2, entry = 3 };

std::string key_of(LogGroup group, What what) {
  return ByteWriter{}.u16(group).u8(static_cast<std::uint8_t>(what)).take();
}
std::string entry_key(LogGroup group, LogIndex index) {
  return ByteWriter{key_of(group, What::entry)}.u64(index).take();
}

// Without a copy of the two in one piece.
std::uint32_t crc_of(std::string_view key, std::string_view body) {
  return crc32c(key) ^ crc32c(body);
}

void put(WriteBatch& batch, Family family, std::string key, ByteWriter value) {
  const std::uint32_t crc = crc_of(key, value.view());
  batch.put(family, std::move(key), value.u32(crc).take());
}

std::optional<std::string_view> checked(std::string_view key, std::string_view value) {
  if (value.size() < crc_bytes) return std::nullopt;
  const std::string_view body = value.substr(0, value.size() - crc_bytes);
  if (ByteReader{value.substr(body.size())}.u32() != crc_of(key, body)) return std::nullopt;
  return body;
}

void put_head(WriteBatch& batch, Family family, LogGroup number,
              const ReplicatedLog::Group& group) {
  ByteWriter value;
  value.u8(log_form).u64(group.replica);
  value.u64(group.promise.term).u64(group.promise.vote).u64(group.promise.commit);
  value.u64(group.base.index).u64(group.base.term).u64(group.copied).text(group.base.members);
  put(batch, family, key_of(number, What::head), std::move(value));
}

bool read_head(std::string_view body, ReplicatedLog::Group& group) {
  ByteReader reader{body};
  if (reader.u8() != log_form) return false;
  group.replica = reader.u64();
  group.promise = {reader.u64(), reader.u64(), reader.u64()};
  group.base.index = reader.u64();
  group.base.term = reader.u64();
  group.copied = reader.u64();
  group.base.members = reader.text(log_members_bytes_max);
  return reader.done() && group.replica != 0;
}

struct StoredEntry {
  LogEntry entry;
  BatchNumber batch = 0;
};
std::optional<StoredEntry> read_entry(std::string_view key, std::string_view value) {
  const auto body = checked(key, value);
  if (!body) return std::nullopt;
  ByteReader reader{*body};
  if (reader.u8() != log_form) return std::nullopt;
  StoredEntry read;
  read.entry.term = reader.varint();
  read.batch = reader.varint();
  read.entry.kind = reader.u8();
  if (!reader.ok() || read.entry.term == 0) return std::nullopt;
  read.entry.payload = reader.rest();
  return read;
}

std::string name_of(LogGroup group) { return "group " + std::to_string(group); }

void note_entry(ReplicatedLog::Group& group, const LogEntry& entry) {
  ++group.last;
  if (group.runs.empty() || group.runs.back().term != entry.term)
    group.runs.push_back({group.last, entry.term});
  if (entry.kind != log_kind_payload) group.specials.push_back({group.last, entry});
}

// From there on to the end; in memory.
void cut(ReplicatedLog::Group& group, LogIndex from) {
  group.last = std::min(group.last, from - 1);
  while (!group.runs.empty() && group.runs.back().first >= from) group.runs.pop_back();
  while (!group.specials.empty() && group.specials.back().index >= from) group.specials.pop_back();
}

const ReplicatedLog::Group no_group;

}  // namespace

LogTerm ReplicatedLog::Group::term_at(LogIndex index) const {
  if (index == base.index) return base.term;
  if (index < base.index || index > last) return 0;
  const auto behind = std::upper_bound(runs.begin(), runs.end(), index,
                                       [](LogIndex i, const Run& run) { return i < run.first; });
  return std::prev(behind)->term;
}

tl::expected<std::unique_ptr<ReplicatedLog>, std::string> ReplicatedLog::open(Store& store,
                                                                              Family family) {
  std::unique_ptr<ReplicatedLog> log{new ReplicatedLog(store, family)};
  const auto recovered = log->recover();
  if (!recovered) return tl::unexpected("the replicated log: " + recovered.error());
  return log;
}

tl::expected<void, std::string> ReplicatedLog::recover() {
  BatchNumber newest = 0;  // of all entries
  const auto cursor = store_.scan(family_, {});
  for (; cursor->valid(); cursor->next())
    if (auto one = recover_one(cursor->key(), cursor->value(), newest); !one) return one;
  if (cursor->error())
    return tl::unexpected("can't be read: " + std::string{usher::name_of(*cursor->error())});
  if (newest > last_batch_)
    return tl::unexpected("an entry of batch " + std::to_string(newest) +
                          " stands in it, but the last batch is " + std::to_string(last_batch_));
  for (const auto& [number, group] : groups_) {
    const std::string name = name_of(number);
    if (group.written > std::max(group.last, group.copied))
      return tl::unexpected(name + " ends at " + std::to_string(group.last) + ", but up to " +
                            std::to_string(group.written) + " it was written to the families");
    if (group.replica != 0 && group.written < group.base.index)
      return tl::unexpected(name + " begins behind " + std::to_string(group.base.index) +
                            ", but only up to " + std::to_string(group.written) +
                            " it was written to the families");
    if (group.promise.commit > group.last)
      return tl::unexpected(name + " ends at " + std::to_string(group.last) + ", but up to " +
                            std::to_string(group.promise.commit) + " it is committed");
  }
  return {};
}

// In the order of keys: of a group, its head, tombstone, mark, then its entries.
tl::expected<void, std::string> ReplicatedLog::recover_one(std::string_view key,
                                                           std::string_view value,
                                                           BatchNumber& newest) {
  ByteReader reader{key};
  const LogGroup number = reader.u16();
  const auto what = static_cast<What>(reader.u8());
  const std::string name = name_of(number);
  if (!reader.ok() || (what == What::entry ? reader.rest().size() != 8 : !reader.rest().empty()) ||
      what > What::entry || (number == no_log_group && what != What::head))
    return tl::unexpected("a key that can't be one" +
                          (reader.ok() ? ", of " + name : std::string{}));
  const auto body = checked(key, value);
  if (number == no_log_group) {
    ByteReader batch{body.value_or("")};
    last_batch_ = batch.u64();
    if (!batch.done())
      return tl::unexpected<std::string>("the number of the last batch is damaged");
    return {};
  }
  Group& group = groups_[number];
  if (what == What::head) {
    if (!body || !read_head(*body, group))
      return tl::unexpected("the head of " + name + " is damaged");
    group.last = group.base.index;
    return {};
  }
  if (what == What::tombstone) {
    ByteReader tombstone{body.value_or("")};
    group.tombstone = tombstone.u64();
    if (!tombstone.done()) return tl::unexpected("the tombstone of " + name + " is damaged");
    if (group.replica != 0 && group.replica <= group.tombstone)
      return tl::unexpected(name + " has a replica that was dropped before");
    return {};
  }
  if (group.replica == 0) return tl::unexpected(name + " has something, but no head");
  if (what == What::written) {
    ByteReader written{body.value_or("")};
    const LogReplica replica = written.u64();
    group.written = written.u64();
    if (!written.done() || replica != group.replica)
      return tl::unexpected("the mark of " + name + " is damaged, or another replica's");
    return {};
  }
  const LogIndex index = reader.u64();
  const auto read = read_entry(key, value);
  const std::string place = "entry " + std::to_string(index) + " of " + name;
  if (!read) return tl::unexpected(place + " is damaged");
  if (index != group.last + 1)
    return tl::unexpected(place + " stands there, but not the one before it");
  if (read->entry.term < group.term_at(group.last) || read->entry.term > group.promise.term)
    return tl::unexpected(place + " is of a term that it can't be of");
  newest = std::max(newest, read->batch);
  note_entry(group, read->entry);
  return {};
}

tl::expected<BatchNumber, StorageError> ReplicatedLog::write(std::span<const LogChange> changes) {
  if (failed_) return tl::unexpected(StorageError::unavailable);
  const BatchNumber number = last_batch_ + 1;
  WriteBatch batch;
  for (const LogChange& change : changes) apply(change, number, batch);
  put(batch, family_, key_of(no_log_group, What::head), ByteWriter{}.u64(number));
  if (const auto written = store_.write(batch); !written) {
    failed_ = true;
    return tl::unexpected(written.error());
  }
  last_batch_ = number;
  return number;
}

// Changes what is in memory at once: should the write fail, nobody looks at it any more.
void ReplicatedLog::apply(const LogChange& change, BatchNumber number, WriteBatch& batch) {
  INVARIANT(change.group != no_log_group && change.replica != 0);
  Group& group = groups_[change.group];
  if (change.opens) {
    INVARIANT(group.replica == 0 && change.replica > group.tombstone);
    group.replica = change.replica;
  }
  INVARIANT(group.replica == change.replica);
  if (change.drops) {
    erase(change.group, group.base.index + 1, group.last, batch);
    batch.erase(family_, key_of(change.group, What::head));
    batch.erase(family_, key_of(change.group, What::written));
    put(batch, family_, key_of(change.group, What::tombstone), ByteWriter{}.u64(change.replica));
    group = {};
    group.tombstone = change.replica;
    return;
  }
  bool has_new_head = change.opens || change.install || change.trim;
  if (change.install) {
    const LogBase& base = change.install->base;
    INVARIANT(base.index >= group.base.index && change.install->copied >= base.index &&
              base.members.size() <= log_members_bytes_max);
    erase(change.group, group.base.index + 1, group.last, batch);
    cut(group, group.base.index + 1);
    group.base = base;
    group.last = base.index;
    group.copied = group.written = change.install->copied;
    put(batch, family_, key_of(change.group, What::written),
        ByteWriter{}.u64(group.replica).u64(group.written));
  }
  if (!change.entries.empty()) append(change, number, group, batch);
  if (change.promise) {
    INVARIANT(change.promise->term >= group.promise.term &&
              change.promise->commit >= group.promise.commit);
    has_new_head = has_new_head || group.promise != *change.promise;
    group.promise = *change.promise;
  }
  if (change.trim) trim(change, group, batch);
  INVARIANT(group.promise.commit <= group.last && group.term_at(group.last) <= group.promise.term);
  if (has_new_head) put_head(batch, family_, change.group, group);
}

void ReplicatedLog::append(const LogChange& change, BatchNumber number, Group& group,
                           WriteBatch& batch) const {
  INVARIANT(change.first > group.base.index && change.first <= group.last + 1);
  // What is committed, or was applied from this log, is never replaced.
  INVARIANT(change.first > group.last ||
            (change.first > group.promise.commit &&
             (change.first > group.written || group.written <= group.copied)));
  const LogIndex last_before = group.last;
  cut(group, change.first);
  for (const LogEntry& entry : change.entries) {
    INVARIANT(entry.payload.size() <= log_payload_bytes_max && entry.term > 0 &&
              entry.term >= group.term_at(group.last));
    note_entry(group, entry);
    ByteWriter value;
    value.reserve(1 + 2 * varint_bytes_max + 1 + entry.payload.size() + crc_bytes);
    value.u8(log_form).varint(entry.term).varint(number).u8(entry.kind).raw(entry.payload);
    put(batch, family_, entry_key(change.group, group.last), std::move(value));
  }
  erase(change.group, group.last + 1, last_before, batch);
}

void ReplicatedLog::trim(const LogChange& change, Group& group, WriteBatch& batch) const {
  const LogIndex index = change.trim->index;
  INVARIANT(index >= group.base.index && index <= group.written && index <= group.last &&
            change.trim->term == group.term_at(index) &&
            change.trim->members.size() <= log_members_bytes_max);
  erase(change.group, group.base.index + 1, index, batch);
  if (index == group.last) {
    group.runs.clear();
  } else {
    // Terms grow, so the run of the first entry that stays is known by its term.
    const LogTerm term = group.term_at(index + 1);
    std::erase_if(group.runs, [&](const Run& run) { return run.term < term; });
    group.runs.front().first = std::max(group.runs.front().first, index + 1);
  }
  std::erase_if(group.specials, [&](const Special& special) { return special.index <= index; });
  group.base = *change.trim;
}

void ReplicatedLog::erase(LogGroup number, LogIndex first, LogIndex last, WriteBatch& batch) const {
  for (LogIndex index = first; index <= last; ++index)
    batch.erase(family_, entry_key(number, index));
}

void ReplicatedLog::put_written(WriteBatch& batch, LogGroup number, LogIndex index) const {
  const Group& at = group(number);
  INVARIANT(at.replica != 0 && index >= at.written && index <= std::max(at.last, at.copied));
  put(batch, family_, key_of(number, What::written), ByteWriter{}.u64(at.replica).u64(index));
}

void ReplicatedLog::note_written(LogGroup number, LogIndex index) {
  Group& at = groups_[number];
  INVARIANT(at.replica != 0 && index >= at.written && index <= std::max(at.last, at.copied));
  at.written = index;
}

tl::expected<std::vector<LogEntry>, StorageError> ReplicatedLog::read(LogGroup number,
                                                                      LogIndex first, LogIndex last,
                                                                      std::size_t bytes_max) const {
  std::vector<LogEntry> entries;
  std::size_t bytes = 0;
  LogIndex next = first;
  if (first > last) return entries;
  const auto cursor =
      store_.scan(family_, {entry_key(number, first), entry_key(number, last) + '\0'});
  for (; cursor->valid() && next <= last; cursor->next(), ++next) {
    if (cursor->key() != entry_key(number, next)) break;
    auto read = read_entry(cursor->key(), cursor->value());
    if (!read) return tl::unexpected(StorageError::corrupt);
    bytes += read->entry.payload.size();
    if (bytes > bytes_max && next != first) return entries;
    entries.push_back(std::move(read->entry));
  }
  if (cursor->error()) return tl::unexpected(*cursor->error());
  if (next <= last) return tl::unexpected(StorageError::corrupt);
  return entries;
}

const ReplicatedLog::Group& ReplicatedLog::group(LogGroup number) const {
  const auto found = groups_.find(number);
  return found == groups_.end() ? no_group : found->second;
}

}  // namespace usher
