// Identities. An id is 96 bit and carries its slot, so that whoever holds an id knows the shard it
// lives on without asking anybody (docs/glossary.md: slot, shard).
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/hex.hpp"

namespace usher {

// Milliseconds since the Unix epoch, and a span of them.
using TimeMs = std::int64_t;
using DurationMs = std::int64_t;

// Part of the hash space [0, 65536): decides the shard.
using Slot = std::uint16_t;

// An aggregate's version is the number of its events; 0 means that it does not exist.
// (Outside, over HTTP, the first event makes version 0: http/views/json_views.hpp subtracts one.)
using Version = std::uint64_t;

// 96 bits, big-endian: 32 bit Unix seconds, 16 bit slot, 20 bit microseconds of that second, 28 bit
// random. Tag makes the ids of different things different types.
template <class Tag>
class Id {
 public:
  static constexpr std::size_t size = 12;
  using Bytes = std::array<std::uint8_t, size>;

  constexpr Id() = default;
  constexpr explicit Id(const Bytes& bytes) : bytes_(bytes) {}

  // Only the low 28 bits of `random` are used. Two ids drawn alike are told apart by the journal,
  // which refuses to give birth to a stream that exists.
  static constexpr Id draw(std::int64_t now_us, Slot slot, std::uint64_t random) {
    constexpr std::int64_t second_us = 1'000'000;
    constexpr unsigned random_bits = 28;
    const auto fraction = static_cast<std::uint64_t>(now_us % second_us);
    const std::uint64_t low = random & ((std::uint64_t{1} << random_bits) - 1);
    return mint(now_us / 1000, slot, fraction << random_bits | low);
  }
  // `tail`: its low 48 bits are the last six bytes.
  static constexpr Id mint(TimeMs now, Slot slot, std::uint64_t tail) {
    const auto seconds = static_cast<std::uint32_t>(now / 1000);
    Bytes b{};
    for (std::size_t i = 0; i < 4; ++i) b[i] = static_cast<std::uint8_t>(seconds >> (24 - 8 * i));
    b[4] = static_cast<std::uint8_t>(slot >> 8);
    b[5] = static_cast<std::uint8_t>(slot);
    for (std::size_t i = 0; i < 6; ++i) b[6 + i] = static_cast<std::uint8_t>(tail >> (40 - 8 * i));
    return Id{b};
  }

  // 24 hex digits, upper or lower case; nullopt for anything else.
  static std::optional<Id> parse(std::string_view hex) {
    if (hex.size() != 2 * size) return std::nullopt;
    Bytes bytes{};
    for (std::size_t i = 0; i < size; ++i) {
      const int high = hex_value(hex[2 * i]), low = hex_value(hex[2 * i + 1]);
      if (high < 0 || low < 0) return std::nullopt;
      bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
    }
    return Id{bytes};
  }
  // 24 lower-case hex digits.
  [[nodiscard]] std::string hex() const {
    std::string text;
    text.reserve(2 * size);
    for (const std::uint8_t byte : bytes_) append_hex(text, byte);
    return text;
  }

  [[nodiscard]] constexpr Slot slot() const {
    return static_cast<Slot>((bytes_[4] << 8) | bytes_[5]);
  }
  [[nodiscard]] constexpr const Bytes& bytes() const { return bytes_; }
  // The same bytes, the slot last: sorts by the time at which ids were drawn, whatever their slots.
  [[nodiscard]] constexpr Bytes by_time() const {
    Bytes b{};
    for (std::size_t i = 0; i < size; ++i) b[i] = bytes_[i < 4 ? i : i < 10 ? i + 2 : i - 6];
    return b;
  }

  auto operator<=>(const Id&) const = default;

 private:
  Bytes bytes_{};
};

// Slot of a thing that is named by text (an account by its e-mail): 32 bit FNV-1a, its halves
// folded to 16 bit.
// Part of the on-disk format: never change it.
[[nodiscard]] Slot slot_of_text(std::string_view text);

}  // namespace usher

template <class Tag>
struct std::hash<usher::Id<Tag>> {
  std::size_t operator()(const usher::Id<Tag>& id) const noexcept {
    std::uint64_t h = 0;  // the random part and the slot are the last 8 bytes
    for (std::size_t i = 4; i < 12; ++i) h = (h << 8) | id.bytes()[i];
    return static_cast<std::size_t>(h * 0x9E3779B97F4A7C15ULL);
  }
};
