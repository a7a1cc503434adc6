// What the journal reads back from its own files: records, keys, small values, the mark of what was
// acknowledged. Any bytes: they are refused, or they are exactly what the writer writes for what
// was read. The checksum stands in a fuzzer's way, so each input is also tried with a right one.
#include <cstdint>
#include <cstdlib>

#include "persistence/acked_file.hpp"
#include "persistence/checksum.hpp"
#include "persistence/key_layout.hpp"
#include "persistence/record_codec.hpp"

namespace {

using namespace usher;

void demand(bool promise) {
  if (!promise) std::abort();
}

std::string with_checksum(std::string_view body) {
  return ByteWriter{std::string{body}}.u32(crc32c(body)).take();
}

std::string encoded(const Record& record) {
  return encode_record({.shard = record.shard,
                        .offset = record.offset,
                        .epoch = record.epoch,
                        .version = record.version,
                        .type = record.type,
                        .schema = record.schema,
                        .time = record.time,
                        .previous_hash = record.previous_hash,
                        .stream = record.stream,
                        .payload = record.payload});
}

// `bytes` as the record that it says it is; whatever it says.
void check_record(const std::string& bytes) {
  ByteReader reader{bytes};
  (void)reader.u8();
  const ShardNumber shard = reader.u16();
  const Offset offset = reader.u64();
  const auto record = decode_record(bytes, shard, offset);
  if (!record) return;
  demand(record->stream.size() <= stream_name_bytes_max);
  demand(record->payload.size() <= payload_bytes_max);
  demand(encoded(*record) == bytes);
  // In another place, or with any one bit changed, it is no record.
  demand(!decode_record(bytes, static_cast<ShardNumber>(shard + 1), offset));
  demand(!decode_record(bytes, shard, offset + 1));
  std::string damaged = bytes;
  const std::size_t bit = (record->payload.size() * 31 + record->version) % (8 * bytes.size());
  damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
  demand(!decode_record(damaged, shard, offset));
}

// Any values at all, as far as the input reaches; then it is written and read.
void check_written_record(std::string_view bytes) {
  ByteReader reader{bytes};
  Record record;
  record.shard = reader.u16();
  record.offset = reader.u64();
  record.epoch = reader.u64();
  record.version = reader.u64();
  record.type = reader.u16();
  record.schema = reader.u16();
  record.time = reader.i64();
  const std::string_view rest = reader.rest();
  record.stream = rest.substr(0, std::min(rest.size() / 2, stream_name_bytes_max));
  record.payload = rest.substr(record.stream.size());
  const auto again = decode_record(encoded(record), record.shard, record.offset);
  demand(again && again->stream == record.stream && again->payload == record.payload);
  demand(again->version == record.version && again->time == record.time);
}

void check_keys(std::string_view bytes) {
  if (const auto key = keys::read_stream_key(bytes))
    demand(keys::with_version(keys::stream_prefix(key->shard, key->stream), key->version) == bytes);
  if (const auto reminder = keys::read_reminder(bytes)) {
    const ShardNumber shard = ByteReader{bytes}.u16();
    demand(keys::reminder(shard, *reminder) == bytes);
    demand(keys::reminders_from(shard, reminder->due) <= bytes);
  }
  if (const auto seq = keys::read_feed_key(bytes)) demand(keys::feed(*seq) == bytes);
}

void check_values(std::string_view bytes) {
  if (const auto offset = keys::read_stream_value(bytes))
    demand(keys::stream_value(*offset) == bytes);
  if (const auto runs = keys::read_feed_value(bytes)) demand(keys::feed_value(*runs) == bytes);
  if (const auto format = keys::read_format_value(bytes))
    demand(keys::format_value(*format) == bytes);
  if (const auto tail = keys::read_tail_value(bytes)) demand(keys::tail_value(*tail) == bytes);
  if (const auto snapshot = keys::read_snapshot_value(bytes))
    demand(keys::snapshot_value(snapshot->version, snapshot->state) == bytes);
  if (const auto slot = decode_slot(bytes); slot && slot->second.newest) {
    const auto again = encode_slot(slot->first, slot->second);
    demand(again == bytes.substr(0, again.size()));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes{reinterpret_cast<const char*>(data), size};
  for (const auto& tried : {bytes, with_checksum(bytes)}) {
    check_record(tried);
    check_keys(tried);
    check_values(tried);
  }
  check_written_record(bytes);
  return 0;
}
