#include "persistence/redo.hpp"

#include <algorithm>
#include <cstring>

#include "base/bytes.hpp"
#include "persistence/checksum.hpp"

namespace usher {
namespace {

constexpr std::uint8_t redo_form = 1;
constexpr std::size_t crc_bytes = 4;
constexpr std::size_t head_bytes = 1 + 8 + 2 + 8;
constexpr std::size_t change_bytes_max = 1 + 2 * varint_bytes_max;  // beside key and value

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
  bytes.reserve(size).u8(redo_form);
  write_newest(bytes, batch.newest);
  for (const WriteBatch::Put& put : batch.puts) {
    const auto family = static_cast<unsigned>(put.family);
    bytes.u8(static_cast<std::uint8_t>(family << 1 | (put.value ? 1 : 0))).text(put.key);
    if (put.value) bytes.text(*put.value);
  }
  const std::uint32_t crc = crc32c(bytes.view());
  return bytes.u32(crc).take();
}

std::optional<RedoEntry> decode_redo(std::string_view entry) {
  const auto body = checked(entry);
  if (!body) return std::nullopt;
  ByteReader reader{*body};
  if (reader.u8() != redo_form) return std::nullopt;
  RedoEntry read{read_newest(reader), {}};
  read_changes(reader, read.changes);
  return reader.done() ? std::optional{std::move(read)} : std::nullopt;
}

std::optional<NewestRecord> read_redo_newest(std::string_view entry) {
  ByteReader reader{entry.substr(sizeof redo_form)};
  return read_newest(reader);
}

void read_redo_changes(std::string_view entry, std::vector<RedoChange>& changes) {
  ByteReader reader{entry.substr(head_bytes, entry.size() - head_bytes - crc_bytes)};
  read_changes(reader, changes);
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
