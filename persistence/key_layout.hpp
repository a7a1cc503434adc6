// Every key in the database, and the small values beside the record. Big-endian, so that the order
// of bytes is the order of numbers; the shard comes first, so that a shard is one range of each
// family, except in the views, whose lists are ranges over all shards; names are length-prefixed,
// so that no name is the beginning of another's keys.
// Specified in docs/journal_format.md.
#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "persistence/checksum.hpp"
#include "persistence/journal.hpp"
#include "persistence/redo.hpp"

namespace usher::keys {

inline constexpr std::uint32_t format_version = 5;
// Read as they are: what they lack is taken for nothing. A start writes the number above.
inline constexpr std::uint32_t format_version_oldest = 4;
[[nodiscard]] constexpr bool knows_format(std::uint32_t version) {
  return version >= format_version_oldest && version <= format_version;
}
// No shard has this number: it stands in front of the keys that belong to no shard.
inline constexpr ShardNumber no_shard = 0xffff;

// The first key behind all that start with `prefix`; empty when there is none.
inline std::string behind(std::string prefix) {
  while (!prefix.empty() && prefix.back() == '\xff') prefix.pop_back();
  if (!prefix.empty()) ++prefix.back();
  return prefix;
}

inline KeyRange all_with(const std::string& prefix, Direction direction = Direction::ascending) {
  return {prefix, behind(prefix), direction};
}

inline std::string shard_prefix(ShardNumber shard) { return ByteWriter{}.u16(shard).take(); }

// journal: shard, offset -> record
inline std::string journal(ShardNumber shard, Offset offset) {
  return ByteWriter{}.u16(shard).u64(offset).take();
}

// streams: shard, stream, version -> offset
inline std::string stream_prefix(ShardNumber shard, std::string_view stream) {
  ByteWriter key;
  key.reserve(2 + 2 + stream.size() + 8).u16(shard).text(stream);
  return key.take();
}
inline constexpr std::size_t version_bytes = 8;
// The prefix that all keys of one stream share.
inline std::string_view without_version(std::string_view stream_key) {
  return stream_key.substr(0, stream_key.size() - std::min(stream_key.size(), version_bytes));
}
inline std::string with_version(std::string stream_prefix, StreamVersion version) {
  return ByteWriter{std::move(stream_prefix)}.u64(version).take();
}
inline std::string stream_value(Offset offset) { return ByteWriter{}.u64(offset).take(); }
struct StreamKey {
  ShardNumber shard = 0;
  std::string_view stream;
  StreamVersion version = 0;
};
inline std::optional<StreamKey> read_stream_key(std::string_view key) {
  ByteReader reader{key};
  const StreamKey read{reader.u16(), reader.text(stream_name_bytes_max), reader.u64()};
  return reader.done() ? std::optional{read} : std::nullopt;
}
inline std::optional<Offset> read_stream_value(std::string_view value) {
  ByteReader reader{value};
  const Offset offset = reader.u64();
  return reader.done() ? std::optional{offset} : std::nullopt;
}

// snapshots: shard, stream -> version, state, crc32c; of the stream's newest version
inline std::string snapshot(ShardNumber shard, std::string_view stream) {
  return stream_prefix(shard, stream);
}
inline std::string snapshot_value(StreamVersion version, std::string_view state) {
  ByteWriter value;
  value.reserve(8 + state.size() + 4).u64(version).raw(state);
  const std::uint32_t crc = crc32c(value.view());
  return value.u32(crc).take();
}
inline std::optional<Snapshot> read_snapshot_value(std::string_view value) {
  if (value.size() < 12) return std::nullopt;
  const std::string_view body = value.substr(0, value.size() - 4);
  if (ByteReader{value.substr(body.size())}.u32() != crc32c(body)) return std::nullopt;
  ByteReader reader{body};
  const StreamVersion version = reader.u64();
  return Snapshot{version, std::string{reader.rest()}};
}

// reminders: shard, due, stream, name -> nothing
inline std::string reminder(ShardNumber shard, const ReminderKey& reminder) {
  ByteWriter key;
  key.reserve(2 + 8 + 2 + reminder.stream.size() + 1).u16(shard).sorted_i64(reminder.due);
  return key.text(reminder.stream).u8(reminder.name).take();
}
// In front of every reminder that is due at `due` or later.
inline std::string reminders_from(ShardNumber shard, std::int64_t due) {
  return ByteWriter{}.u16(shard).sorted_i64(due).take();
}
inline std::optional<ReminderKey> read_reminder(std::string_view key) {
  ByteReader reader{key};
  (void)reader.u16();
  const std::int64_t due = reader.sorted_i64();
  const std::string_view stream = reader.text(stream_name_bytes_max);
  const std::uint8_t name = reader.u8();
  if (!reader.done()) return std::nullopt;
  return ReminderKey{due, std::string{stream}, name};
}

// views: view, key, shard -> value
inline std::string row_prefix(std::uint8_t view, std::string_view key) {
  ByteWriter bytes;
  return bytes.reserve(1 + key.size() + 2).u8(view).raw(key).take();
}
inline std::string row(std::uint8_t view, std::string_view key, ShardNumber shard) {
  return ByteWriter{row_prefix(view, key)}.u16(shard).take();
}
struct RowKey {
  std::uint8_t view = 0;
  std::string_view key;
  ShardNumber shard = 0;
};
inline std::optional<RowKey> read_row_key(std::string_view bytes) {
  if (bytes.size() < 1 + 2) return std::nullopt;
  const std::string_view shard = bytes.substr(bytes.size() - 2);
  return RowKey{ByteReader{bytes}.u8(), bytes.substr(1, bytes.size() - 3), ByteReader{shard}.u16()};
}

// feed: seq of a commit's last record -> its records, as runs of neighbours in their shards
inline std::string feed(FeedSeq seq) { return ByteWriter{}.u64(seq).take(); }
struct FeedRun {
  ShardNumber shard = 0;
  Offset first = 0;
  std::uint64_t count = 0;
  bool operator==(const FeedRun&) const = default;
};
inline std::string feed_value(std::span<const FeedRun> runs) {
  ByteWriter value;
  for (const FeedRun& run : runs) value.u16(run.shard).varint(run.first).varint(run.count);
  return value.take();
}
inline std::optional<FeedSeq> read_feed_key(std::string_view key) {
  ByteReader reader{key};
  const FeedSeq seq = reader.u64();
  return reader.done() ? std::optional{seq} : std::nullopt;
}
// nullopt: damaged, or a run that is empty or ends behind the last offset that there can be.
inline std::optional<std::vector<FeedRun>> read_feed_value(std::string_view value) {
  std::vector<FeedRun> runs;
  ByteReader reader{value};
  do {
    const FeedRun run{reader.u16(), reader.varint(), reader.varint()};
    if (!reader.ok() || run.count == 0 || run.first + run.count < run.first) return std::nullopt;
    runs.push_back(run);
  } while (!reader.rest().empty());
  return runs;
}

struct FeedEntry {
  FeedSeq first = 0;
  FeedSeq last = 0;
  std::vector<FeedRun> runs;  // first ... last
};
// nullopt: the key or the value is damaged, or there are more records than seqs up to its key.
inline std::optional<FeedEntry> read_feed_entry(std::string_view key, std::string_view value) {
  const auto last = read_feed_key(key);
  auto runs = read_feed_value(value);
  if (!last || !runs) return std::nullopt;
  FeedSeq before = *last;
  for (const FeedRun& run : *runs) {
    if (run.count > before) return std::nullopt;
    before -= run.count;
  }
  return FeedEntry{before + 1, *last, *std::move(runs)};
}

// meta: shard -> where the shard ends
inline std::string tail(ShardNumber shard) { return shard_prefix(shard); }
inline constexpr std::size_t tail_bytes_max = 8 + 8 + 8 + 16 + 8 + 4;
inline std::string tail_value(const ShardTail& tail) {
  ByteWriter value;
  value.reserve(tail_bytes_max).u64(tail.next).u64(tail.epoch).i64(tail.stamp);
  value.raw({reinterpret_cast<const char*>(tail.last_hash.data()), tail.last_hash.size()});
  if (tail.index > 0) value.u64(tail.index);
  const std::uint32_t crc = crc32c(value.view());
  return value.u32(crc).take();
}
inline std::optional<ShardTail> read_tail_value(std::string_view value) {
  ByteReader reader{value};
  ShardTail tail{reader.u64(), reader.u64(), reader.i64(), {}, 0};
  const std::string_view hash = reader.raw(tail.last_hash.size());
  if (value.size() == tail_bytes_max && (tail.index = reader.u64()) == 0) reader.fail();
  const std::uint32_t crc = reader.u32();
  if (!reader.done() || crc != crc32c(value.substr(0, value.size() - 4))) return std::nullopt;
  std::copy(hash.begin(), hash.end(), tail.last_hash.begin());
  return tail;
}

// meta: no_shard, "format" -> format version, shard count
inline std::string format() { return ByteWriter{}.u16(no_shard).raw("format").take(); }
// meta: no_shard, "application" -> the name of the application whose records these are
inline std::string application() { return ByteWriter{}.u16(no_shard).raw("application").take(); }
// meta: no_shard, "label" -> what the application has fixed, in its own words
inline std::string label() { return ByteWriter{}.u16(no_shard).raw("label").take(); }
// meta: no_shard, "promise", shard -> what this replica has promised about the shard's log
inline std::string promise(ShardNumber shard) {
  return ByteWriter{}.u16(no_shard).raw("promise").u16(shard).take();
}
inline constexpr std::size_t promise_bytes = 2 + 7 + 2 + 3 * 8 + 4;  // key and value
inline std::string promise_value(const LoggedPromise& promise) {
  ByteWriter value;
  value.u64(promise.term).u64(promise.vote).u64(promise.commit);
  const std::uint32_t crc = crc32c(value.view());
  return value.u32(crc).take();
}
inline std::optional<LoggedPromise> read_promise_value(ShardNumber shard, std::string_view value) {
  ByteReader reader{value};
  const LoggedPromise promise{shard, reader.u64(), reader.u64(), reader.u64()};
  const std::uint32_t crc = reader.u32();
  if (!reader.done() || crc != crc32c(value.substr(0, value.size() - 4))) return std::nullopt;
  return promise;
}
struct Format {
  std::uint32_t version = 0;
  ShardNumber shard_count = 0;
};
inline std::string format_value(const Format& format) {
  return ByteWriter{}.u32(format.version).u16(format.shard_count).take();
}
inline std::optional<Format> read_format_value(std::string_view value) {
  ByteReader reader{value};
  const Format format{reader.u32(), reader.u16()};
  return reader.done() ? std::optional{format} : std::nullopt;
}

}  // namespace usher::keys
