// Bytes as they are written: big-endian integers, varints, length-prefixed texts.
// A reader never reads behind its input: the first value that does not fit makes it malformed, and
// from then on every read gives zero or an empty text. So a decoder reads everything and asks once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace usher {

inline constexpr std::size_t varint_bytes_max = 10;  // 64 bits, seven at a time

class ByteWriter {
 public:
  ByteWriter() = default;
  // Continues behind the bytes of `start`.
  explicit ByteWriter(std::string start) : bytes_(std::move(start)) {}

  ByteWriter& reserve(std::size_t size) {
    bytes_.reserve(size);
    return *this;
  }
  ByteWriter& u8(std::uint8_t value) {
    bytes_.push_back(static_cast<char>(value));
    return *this;
  }
  ByteWriter& u16(std::uint16_t value) { return big_endian<2>(value); }
  ByteWriter& u32(std::uint32_t value) { return big_endian<4>(value); }
  ByteWriter& u64(std::uint64_t value) { return big_endian<8>(value); }
  ByteWriter& i64(std::int64_t value) { return u64(static_cast<std::uint64_t>(value)); }
  ByteWriter& boolean(bool value) { return u8(value ? 1 : 0); }
  // A signed number whose bytes sort as the numbers do (for keys): the sign bit is flipped.
  ByteWriter& sorted_i64(std::int64_t value) {
    return u64(static_cast<std::uint64_t>(value) ^ (std::uint64_t{1} << 63));
  }
  // Seven bits a byte, the lowest first; the top bit says that more follow.
  ByteWriter& varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) u8(static_cast<std::uint8_t>(value | 0x80));
    return u8(static_cast<std::uint8_t>(value));
  }
  ByteWriter& raw(std::string_view bytes) {
    bytes_.append(bytes);
    return *this;
  }
  // A varint with the length, then the bytes.
  ByteWriter& text(std::string_view value) { return varint(value.size()).raw(value); }

  [[nodiscard]] std::size_t size() const { return bytes_.size(); }
  [[nodiscard]] std::string_view view() const { return bytes_; }
  [[nodiscard]] std::string take() { return std::exchange(bytes_, {}); }

 private:
  template <std::size_t Size>
  ByteWriter& big_endian(std::uint64_t value) {
    char bytes[Size];
    for (std::size_t i = 0; i < Size; ++i)
      bytes[i] = static_cast<char>(static_cast<std::uint8_t>(value >> (8 * (Size - 1 - i))));
    bytes_.append(bytes, Size);
    return *this;
  }

  std::string bytes_;
};

class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  std::uint8_t u8() { return static_cast<std::uint8_t>(big_endian<1>()); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(big_endian<2>()); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(big_endian<4>()); }
  std::uint64_t u64() { return big_endian<8>(); }
  std::int64_t i64() { return static_cast<std::int64_t>(u64()); }
  std::int64_t sorted_i64() {
    const std::uint64_t value = u64();
    return ok() ? static_cast<std::int64_t>(value ^ (std::uint64_t{1} << 63)) : 0;
  }
  // Anything but 0 and 1 is malformed: a value has one form only.
  bool boolean() {
    const std::uint8_t value = u8();
    if (value > 1) fail();
    return value == 1;
  }
  // More than 64 bits, or longer than needed (a value has one form only), is malformed.
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < varint_bytes_max; ++i) {
      const std::uint8_t byte = u8();
      if (!ok()) return 0;
      if (i == varint_bytes_max - 1 && byte > 1) break;
      value |= static_cast<std::uint64_t>(byte & 0x7f) << (7 * i);
      if (byte & 0x80) continue;
      if (byte == 0 && i > 0) break;
      return value;
    }
    fail();
    return 0;
  }
  // Points into the input. Asking for more than there is, is malformed.
  std::string_view raw(std::size_t size) {
    if (malformed_ || size > rest_.size()) {
      fail();
      return {};
    }
    const std::string_view bytes = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return bytes;
  }
  // The inverse of ByteWriter::text; longer than `size_max` is malformed.
  std::string_view text(std::size_t size_max = std::string_view::npos) {
    const std::uint64_t size = varint();
    if (size > size_max || size > rest_.size()) {
      fail();
      return {};
    }
    return raw(static_cast<std::size_t>(size));
  }

  [[nodiscard]] bool ok() const { return !malformed_; }
  // Everything was well-formed and nothing is left over.
  [[nodiscard]] bool done() const { return !malformed_ && rest_.empty(); }
  [[nodiscard]] std::string_view rest() const { return rest_; }
  // For what the reader can't know, such as a number outside an enum.
  void fail() {
    malformed_ = true;
    rest_ = {};
  }

 private:
  template <std::size_t Size>
  std::uint64_t big_endian() {
    std::uint64_t value = 0;
    for (const char byte : raw(Size)) value = (value << 8) | static_cast<std::uint8_t>(byte);
    return value;
  }

  std::string_view rest_;
  bool malformed_ = false;
};

}  // namespace usher
