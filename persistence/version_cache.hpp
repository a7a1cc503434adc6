// The versions of the streams that were written last, so that an append reads nothing from disk.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "persistence/table_hash.hpp"

namespace usher {

// One place for each hash, taken by whoever came last: 16 bytes for a stream, no order to keep.
// A stream is known by 64 bits of its name, so an answer may be another stream's, once in 2^64
// pairs: good enough for what is only compared with what the caller says already.
class VersionCache {
 public:
  // `entries` is rounded up to a power of two; 0: keeps nothing.
  explicit VersionCache(std::size_t entries) : places_(entries == 0 ? 0 : std::bit_ceil(entries)) {}

  // nullopt: not known.
  [[nodiscard]] std::optional<std::uint64_t> find(std::uint64_t stream) const {
    if (places_.empty()) return std::nullopt;
    const Place& place = places_[index(stream)];
    if (place.version == 0 || place.stream != stream) return std::nullopt;
    return place.version;
  }
  void put(std::uint64_t stream, std::uint64_t version) {
    if (!places_.empty()) places_[index(stream)] = {stream, version};
  }
  void clear() { places_.assign(places_.size(), {}); }

  // Which stream of which shard, as put() and find() know it.
  [[nodiscard]] static std::uint64_t stream_id(std::uint16_t shard, std::string_view stream) {
    return hash_within(shard, stream);
  }

 private:
  struct Place {
    std::uint64_t stream = 0;
    std::uint64_t version = 0;  // 0: the place is free
  };
  [[nodiscard]] std::size_t index(std::uint64_t stream) const {
    return static_cast<std::size_t>(stream ^ (stream >> 32)) & (places_.size() - 1);
  }
  std::vector<Place> places_;
};

}  // namespace usher
