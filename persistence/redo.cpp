#include "persistence/redo.hpp"

#include <algorithm>
#include <cstring>

#include "base/bytes.hpp"
#include "base/invariant.hpp"
#include "persistence/key_layout.hpp"

namespace usher {
namespace {

constexpr std::uint8_t form_batch = 1;
constexpr std::uint8_t form_turn = 2;
constexpr std::uint8_t form_proposal = 3;
constexpr std::size_t crc_bytes = 4;
constexpr std::size_t head_bytes = 1 + 8 + 2 + 8;
constexpr std::size_t change_bytes_max = 1 + 2 * varint_bytes_max;  // beside key and value
// Of an entry of a shard's log, beside its changes.
constexpr std::size_t entry_bytes_max = 2 + 1 + 5 * varint_bytes_max + 8 + 16;
// What is derived from one: where its shard ends, and its run in the feed.
constexpr std::size_t derived_bytes_max = 2 + keys::tail_bytes_max + 2 + 2 * varint_bytes_max;
constexpr std::size_t promise_bytes_max = 2 + 3 * varint_bytes_max;
// A string that is never within itself, so that it may be moved while it is pointed into.
constexpr std::size_t derived_bytes_min = 64;

void write_newest(ByteWriter& bytes, const std::optional<NewestRecord>& newest) {
  const NewestRecord record = newest.value_or(NewestRecord{});
  bytes.u64(record.seq).u16(record.shard).u64(record.offset);
}

std::optional<NewestRecord> read_newest(ByteReader& reader) {
  const NewestRecord newest{reader.u64(), reader.u16(), reader.u64()};
  return newest.seq == 0 ? std::nullopt : std::optional{newest};
}

// The bytes before the checksum; nullopt: they are not the ones that it was made of.
std::optional<std::string_view> checked(std::string_view bytes) {
  if (bytes.size() < crc_bytes) return std::nullopt;
  const std::string_view body = bytes.substr(0, bytes.size() - crc_bytes);
  if (ByteReader{bytes.substr(body.size())}.u32() != crc32c(body)) return std::nullopt;
  return body;
}

void read_changes(ByteReader& reader, std::vector<RedoChange>& changes) {
  while (reader.ok() && !reader.rest().empty()) {
    const std::uint8_t what = reader.u8();
    RedoChange change{static_cast<Family>(what >> 1), reader.text(), std::nullopt};
    if (what & 1) change.value = reader.text();
    if ((what >> 1) >= family_count) reader.fail();
    if (reader.ok()) changes.push_back(change);
  }
}

void write_change(ByteWriter& bytes, const WriteBatch::Put& put) {
  const auto family = static_cast<unsigned>(put.family);
  bytes.u8(static_cast<std::uint8_t>(family << 1 | (put.value ? 1 : 0))).text(put.key);
  if (put.value) bytes.text(*put.value);
}

std::size_t change_bytes(const WriteBatch::Put& put) {
  std::size_t bytes = 1;
  for (std::size_t size : {put.key.size(), put.value ? put.value->size() : 0})
    for (bytes += size + 1; size >= 0x80; size >>= 7) ++bytes;
  return put.value ? bytes : bytes - 1;
}

LoggedPromise read_logged_promise(ByteReader& reader) {
  LoggedPromise promise;
  promise.shard = reader.u16();
  promise.term = reader.varint();
  promise.vote = reader.varint();
  promise.commit = reader.varint();
  return promise;
}

std::vector<LoggedPromise> read_logged_promises(ByteReader& reader) {
  std::vector<LoggedPromise> promises;
  for (auto left = reader.varint(); left > 0 && reader.ok(); --left)
    promises.push_back(read_logged_promise(reader));
  return promises;
}

LoggedEntry read_logged_entry(ByteReader& reader) {
  LoggedEntry entry;
  entry.shard = reader.u16();
  entry.kind = static_cast<LogKind>(reader.u8());
  entry.index = reader.varint();
  entry.term = reader.varint();
  entry.next = reader.varint();
  entry.records = reader.varint();
  entry.stamp = reader.i64();
  const std::string_view hash = reader.raw(entry.last_hash.size());
  entry.changes = reader.text();
  if (entry.kind != LogKind::empty && entry.kind != LogKind::payload) reader.fail();
  if (entry.index == 0 || entry.records > entry.next) reader.fail();
  if (reader.ok()) std::copy(hash.begin(), hash.end(), entry.last_hash.begin());
  return entry;
}

std::vector<LoggedEntry> read_logged_entries(ByteReader& reader) {
  std::vector<LoggedEntry> entries;
  while (reader.ok() && !reader.rest().empty()) {
    LoggedEntry entry = read_logged_entry(reader);
    if (reader.ok()) entries.push_back(entry);
  }
  return entries;
}

std::uint8_t form_of(std::string_view record) { return static_cast<std::uint8_t>(record.front()); }

std::string_view body_of(std::string_view record) {
  return record.substr(head_bytes, record.size() - head_bytes - crc_bytes);
}

// The end of each shard, and the feed's entry: what one node makes of the entries when it applies
// them. What it has promised goes beside the ends.
std::string derive(const std::vector<LoggedEntry>& entries,
                   const std::vector<LoggedPromise>& promises,
                   const std::optional<NewestRecord>& newest, std::vector<RedoChange>& changes) {
  std::string bytes;
  const std::size_t size = derived_bytes_min + sizeof(std::uint64_t) +
                           entries.size() * derived_bytes_max +
                           promises.size() * keys::promise_bytes;
  bytes.reserve(size);
  const auto add = [&](std::string_view part) {
    bytes.append(part);
    return std::string_view{bytes}.substr(bytes.size() - part.size());
  };
  for (const LoggedEntry& entry : entries) {
    const keys::ShardTail tail{entry.next, entry.term, entry.stamp, entry.last_hash, entry.index};
    const auto key = add(keys::tail(entry.shard));
    changes.push_back({Family::meta, key, add(keys::tail_value(tail))});
  }
  for (const LoggedPromise& promise : promises) {
    const auto key = add(keys::promise(promise.shard));
    changes.push_back({Family::meta, key, add(keys::promise_value(promise))});
  }
  std::vector<keys::FeedRun> runs;
  for (const LoggedEntry& entry : entries)
    if (entry.records > 0) runs.push_back({entry.shard, entry.next - entry.records, entry.records});
  if (!runs.empty() && newest) {
    const auto key = add(keys::feed(newest->seq));
    changes.push_back({Family::feed, key, add(keys::feed_value(runs))});
  }
  INVARIANT(bytes.size() <= size);  // or it has moved
  return bytes;
}

std::string read_turn(ByteReader& reader, std::uint8_t form,
                      const std::optional<NewestRecord>& newest, std::vector<RedoChange>& changes) {
  const auto promises =
      form == form_proposal ? read_logged_promises(reader) : std::vector<LoggedPromise>{};
  const auto entries = read_logged_entries(reader);
  for (const LoggedEntry& entry : entries) {
    ByteReader own{entry.changes};
    read_changes(own, changes);
    if (!own.done()) reader.fail();
  }
  return derive(entries, promises, newest, changes);
}

// The first bytes of a place in the order, as one number: most comparisons end with it.
std::uint64_t rank(const RedoChange& change) {
  unsigned char first[sizeof(std::uint64_t)] = {static_cast<unsigned char>(change.family)};
  std::memcpy(first + 1, change.key.data(), std::min(change.key.size(), sizeof first - 1));
  std::uint64_t number = 0;
  for (const unsigned char byte : first) number = (number << 8) | byte;
  return number;
}

}  // namespace

std::string redo_key(RedoNumber number) { return ByteWriter{}.u64(number).take(); }

std::optional<RedoNumber> read_redo_key(std::string_view key) {
  ByteReader reader{key};
  const RedoNumber number = reader.u64();
  return reader.done() ? std::optional{number} : std::nullopt;
}

std::string encode_redo(const WriteBatch& batch) {
  std::size_t size = head_bytes + crc_bytes;
  for (const WriteBatch::Put& put : batch.puts)
    size += change_bytes_max + put.key.size() + (put.value ? put.value->size() : 0);
  ByteWriter bytes;
  bytes.reserve(size).u8(form_batch);
  write_newest(bytes, batch.newest);
  for (const WriteBatch::Put& put : batch.puts) write_change(bytes, put);
  const std::uint32_t crc = crc32c(bytes.view());
  return bytes.u32(crc).take();
}

namespace {

// `ends` and `batch`, or else each entry has its changes already.
std::string encode_entries(std::uint8_t form, const std::optional<NewestRecord>& newest,
                           const std::vector<LoggedPromise>& promises,
                           const std::vector<LoggedEntry>& entries, const WriteBatch* batch,
                           const std::vector<std::size_t>& ends) {
  std::vector<std::size_t> sizes;
  sizes.reserve(entries.size());
  std::size_t size = head_bytes + crc_bytes + entries.size() * entry_bytes_max;
  if (form == form_proposal) size += varint_bytes_max + promises.size() * promise_bytes_max;
  std::size_t put = 0;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    std::size_t changes = entries[i].changes.size();
    if (batch)
      for (changes = 0; put < ends[i]; ++put) changes += change_bytes(batch->puts[put]);
    sizes.push_back(changes);
    size += changes;
  }
  ByteWriter bytes;
  bytes.reserve(size).u8(form);
  write_newest(bytes, newest);
  if (form == form_proposal) {
    bytes.varint(promises.size());
    for (const LoggedPromise& promise : promises)
      bytes.u16(promise.shard).varint(promise.term).varint(promise.vote).varint(promise.commit);
  }
  put = 0;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const LoggedEntry& entry = entries[i];
    bytes.u16(entry.shard).u8(static_cast<std::uint8_t>(entry.kind));
    bytes.varint(entry.index).varint(entry.term).varint(entry.next).varint(entry.records);
    bytes.i64(entry.stamp);
    bytes.raw({reinterpret_cast<const char*>(entry.last_hash.data()), entry.last_hash.size()});
    bytes.varint(sizes[i]);
    if (!batch) bytes.raw(entry.changes);
    if (batch)
      for (; put < ends[i]; ++put) write_change(bytes, batch->puts[put]);
  }
  const std::uint32_t crc = crc32c(bytes.view());
  return bytes.u32(crc).take();
}

}  // namespace

std::string encode_turn(const WriteBatch& batch, const std::vector<LoggedEntry>& entries,
                        const std::vector<std::size_t>& ends) {
  INVARIANT(entries.size() == ends.size() && ends.back() == batch.puts.size());
  return encode_entries(form_turn, batch.newest, {}, entries, &batch, ends);
}

std::string encode_proposal(const WriteBatch& batch, const std::vector<LoggedEntry>& entries,
                            const std::vector<std::size_t>& ends,
                            const std::vector<LoggedPromise>& promises) {
  INVARIANT(entries.size() == ends.size());
  INVARIANT((ends.empty() ? 0 : ends.back()) == batch.puts.size());
  return encode_entries(form_proposal, std::nullopt, promises, entries, &batch, ends);
}

std::string encode_committed(const std::optional<NewestRecord>& newest,
                             const std::vector<LoggedEntry>& entries,
                             const std::vector<LoggedPromise>& promises) {
  return encode_entries(form_proposal, newest, promises, entries, nullptr, {});
}

std::optional<RedoEntry> decode_redo(std::string_view record) {
  const auto body = checked(record);
  if (!body) return std::nullopt;
  ByteReader reader{*body};
  const std::uint8_t form = reader.u8();
  if (form < form_batch || form > form_proposal) return std::nullopt;
  RedoEntry read{read_newest(reader), {}, {}};
  if (form == form_batch)
    read_changes(reader, read.changes);
  else
    read.derived = read_turn(reader, form, read.newest, read.changes);
  return reader.done() ? std::optional{std::move(read)} : std::nullopt;
}

std::optional<NewestRecord> read_redo_newest(std::string_view record) {
  ByteReader reader{record.substr(sizeof form_batch)};
  return read_newest(reader);
}

std::string read_redo_changes(std::string_view record, std::vector<RedoChange>& changes) {
  ByteReader reader{body_of(record)};
  if (const auto form = form_of(record); form != form_batch)
    return read_turn(reader, form, read_redo_newest(record), changes);
  read_changes(reader, changes);
  return {};
}

std::vector<LoggedEntry> read_logged_entries(std::string_view record) {
  if (form_of(record) == form_batch) return {};
  ByteReader reader{body_of(record)};
  if (form_of(record) == form_proposal) (void)read_logged_promises(reader);
  return read_logged_entries(reader);
}

std::vector<LoggedPromise> read_logged_promises(std::string_view record) {
  if (form_of(record) != form_proposal) return {};
  ByteReader reader{body_of(record)};
  return read_logged_promises(reader);
}

bool is_proposal(std::string_view record) { return form_of(record) == form_proposal; }

std::vector<RedoChange> read_entry_changes(std::string_view changes) {
  std::vector<RedoChange> read;
  ByteReader reader{changes};
  read_changes(reader, read);
  return read;
}

std::string encode_redo_end(const RedoEnd& end) {
  ByteWriter bytes;
  bytes.u64(end.number);
  write_newest(bytes, end.newest);
  const std::uint32_t crc = crc32c(bytes.view());
  return bytes.u32(crc).take();
}

std::optional<RedoEnd> decode_redo_end(std::string_view value) {
  const auto body = checked(value);
  if (!body) return std::nullopt;
  ByteReader reader{*body};
  const RedoNumber number = reader.u64();
  const RedoEnd end{number, read_newest(reader)};
  return reader.done() ? std::optional{end} : std::nullopt;
}

void keep_newest(std::vector<RedoChange>& changes) {
  struct Place {
    std::uint64_t rank;
    std::size_t index;
  };
  std::vector<Place> places;
  places.reserve(changes.size());
  for (std::size_t i = 0; i < changes.size(); ++i) places.push_back({rank(changes[i]), i});
  std::sort(places.begin(), places.end(), [&](const Place& a, const Place& b) {
    if (a.rank != b.rank) return a.rank < b.rank;
    const int order = changes[a.index].key.compare(changes[b.index].key);
    return order != 0 ? order < 0 : a.index < b.index;
  });
  std::vector<RedoChange> newest;
  newest.reserve(changes.size());
  for (const Place& place : places) {
    const RedoChange& change = changes[place.index];
    const bool again =
        !newest.empty() && newest.back().family == change.family && newest.back().key == change.key;
    if (again)
      newest.back() = change;
    else
      newest.push_back(change);
  }
  changes = std::move(newest);
}

}  // namespace usher
