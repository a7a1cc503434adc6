#include "persistence/record_codec.hpp"

#include <algorithm>

#include "base/bytes.hpp"
#include "persistence/checksum.hpp"

namespace usher {
namespace {

constexpr std::size_t crc_bytes = 4;
// form, shard, offset, epoch, version, type, schema, time, hash, two lengths of at most 3 bytes,
// crc
constexpr std::size_t fixed_bytes_max = 1 + 2 + 8 + 8 + 8 + 2 + 2 + 8 + 16 + 3 + 3 + crc_bytes;

}  // namespace

std::string encode_record(const RecordParts& record) {
  ByteWriter bytes;
  bytes.reserve(fixed_bytes_max + record.stream.size() + record.payload.size())
      .u8(record_form)
      .u16(record.shard)
      .u64(record.offset)
      .u64(record.epoch)
      .u64(record.version)
      .u16(record.type)
      .u16(record.schema)
      .i64(record.time)
      .raw(
          {reinterpret_cast<const char*>(record.previous_hash.data()), record.previous_hash.size()})
      .text(record.stream)
      .text(record.payload);
  const std::uint32_t crc = crc32c(bytes.view());
  return bytes.u32(crc).take();
}

tl::expected<Record, StorageError> decode_record(std::string_view bytes, ShardNumber shard,
                                                 Offset offset) {
  const auto corrupt = tl::unexpected(StorageError::corrupt);
  if (bytes.size() < crc_bytes) return corrupt;
  const std::string_view body = bytes.substr(0, bytes.size() - crc_bytes);
  if (ByteReader{bytes.substr(body.size())}.u32() != crc32c(body)) return corrupt;

  ByteReader reader{body};
  if (reader.u8() != record_form) return corrupt;
  Record record;
  record.shard = reader.u16();
  record.offset = reader.u64();
  record.epoch = reader.u64();
  record.version = reader.u64();
  record.type = reader.u16();
  record.schema = reader.u16();
  record.time = reader.i64();
  const std::string_view hash = reader.raw(record.previous_hash.size());
  record.stream = reader.text(stream_name_bytes_max);
  record.payload = reader.text(payload_bytes_max);
  if (!reader.done() || record.shard != shard || record.offset != offset) return corrupt;
  std::copy(hash.begin(), hash.end(), record.previous_hash.begin());
  return record;
}

}  // namespace usher
