// Two sums over bytes: CRC-32C finds damage, SHA-256 chains the records of a shard.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace usher {

// Castagnoli polynomial, reflected, as in iSCSI and RocksDB; crc32c("123456789") is 0xe3069283.
[[nodiscard]] std::uint32_t crc32c(std::string_view bytes);
// The same without the processor's instruction; public so that a test can compare the two.
[[nodiscard]] std::uint32_t crc32c_portable(std::string_view bytes);

// SHA-256, cut to its first 16 bytes.
using RecordHash = std::array<std::uint8_t, 16>;
[[nodiscard]] RecordHash hash_of(std::string_view bytes);

}  // namespace usher
