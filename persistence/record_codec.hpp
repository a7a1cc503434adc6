// A record <-> the bytes it has on disk and on the wire. Specified in docs/journal_format.md; once
// written, a form is read for ever.
#pragma once

#include <string>
#include <string_view>

#include "persistence/journal.hpp"

namespace usher {

inline constexpr std::uint8_t record_form = 1;

// Views, not copies: the encoder runs once per record on the one thread that writes.
struct RecordParts {
  ShardNumber shard = 0;
  Offset offset = 0;
  Epoch epoch = 0;
  StreamVersion version = 0;
  std::uint16_t type = 0;
  std::uint16_t schema = 0;
  CommitStamp time = 0;
  std::array<std::uint8_t, 16> previous_hash{};
  std::string_view stream;
  std::string_view payload;
};
[[nodiscard]] std::string encode_record(const RecordParts& record);

// Corrupt when the checksum, the form or a length is wrong, or when it is another place's record.
[[nodiscard]] tl::expected<Record, StorageError> decode_record(std::string_view bytes,
                                                               ShardNumber shard, Offset offset);

}  // namespace usher
