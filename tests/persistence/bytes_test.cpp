// Bytes, checksums and hashes, against known values.
#include "base/bytes.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "base/hex.hpp"
#include "persistence/checksum.hpp"

namespace usher {
namespace {

TEST_CASE("integers are big-endian") {
  ByteWriter writer;
  writer.u8(0x01).u16(0x0203).u32(0x04050607).u64(0x08090a0b0c0d0e0f).i64(-2).boolean(true);
  CHECK(to_hex(writer.view()) == "0102030405060708090a0b0c0d0e0ffffffffffffffffe01");
  ByteReader reader{writer.view()};
  CHECK(reader.u8() == 0x01);
  CHECK(reader.u16() == 0x0203);
  CHECK(reader.u32() == 0x04050607);
  CHECK(reader.u64() == 0x08090a0b0c0d0e0f);
  CHECK(reader.i64() == -2);
  CHECK(reader.boolean());
  CHECK(reader.done());
}

TEST_CASE("varints take seven bits a byte") {
  const std::vector<std::pair<std::uint64_t, std::string>> known{
      {0, "00"},
      {1, "01"},
      {127, "7f"},
      {128, "8001"},
      {300, "ac02"},
      {16'384, "808001"},
      {std::numeric_limits<std::uint64_t>::max(), "ffffffffffffffffff01"}};
  for (const auto& [value, bytes] : known) {
    CAPTURE(value);
    ByteWriter writer;
    writer.varint(value);
    CHECK(to_hex(writer.view()) == bytes);
    ByteReader reader{writer.view()};
    CHECK(reader.varint() == value);
    CHECK(reader.done());
  }
}

TEST_CASE("a varint has one form: longer ones and more than 64 bits are malformed") {
  for (const std::string& bytes :
       {std::string{"\x80\x00", 2}, std::string{"\xff\x80\x00", 3},
        std::string{"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"},
        std::string{"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x81\x00", 11}, std::string{"\x80"}}) {
    ByteReader reader{bytes};
    CHECK(reader.varint() == 0);
    CHECK_FALSE(reader.ok());
  }
}

TEST_CASE("a boolean that is neither 0 nor 1 is malformed") {
  ByteReader reader{"\x02"};
  (void)reader.boolean();
  CHECK_FALSE(reader.ok());
}

TEST_CASE("sorted numbers have bytes that sort as they do") {
  const std::vector<std::int64_t> sorted{
      std::numeric_limits<std::int64_t>::min(), -256, -1, 0, 1, 255, 256,
      std::numeric_limits<std::int64_t>::max()};
  std::vector<std::string> bytes;
  for (const std::int64_t value : sorted) {
    bytes.push_back(ByteWriter{}.sorted_i64(value).take());
    CHECK(ByteReader{bytes.back()}.sorted_i64() == value);
  }
  CHECK(std::is_sorted(bytes.begin(), bytes.end()));
}

TEST_CASE("a reader never reads behind its input, and stays malformed") {
  const std::string whole =
      ByteWriter{}.u16(7).text("a name").u64(1).text(std::string(200, 'x')).take();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    // A copy of its own, so that the sanitizer sees a read behind it.
    const std::vector<char> cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    ByteReader reader{{cut.data(), cut.size()}};
    (void)reader.u16();
    (void)reader.text();
    (void)reader.u64();
    (void)reader.text();
    CHECK_FALSE(reader.ok());
    CHECK_FALSE(reader.done());
    CHECK(reader.u8() == 0);
    CHECK(reader.raw(0).empty());
    CHECK_FALSE(reader.ok());
  }
}

TEST_CASE("a text longer than its limit, or than the input, is malformed") {
  const std::string bytes = ByteWriter{}.text("12345").take();
  CHECK(ByteReader{bytes}.text(5) == "12345");
  ByteReader limited{bytes};
  CHECK(limited.text(4).empty());
  CHECK_FALSE(limited.ok());
  const std::string huge = ByteWriter{}.varint(~std::uint64_t{0}).raw("x").take();
  ByteReader reader{huge};
  CHECK(reader.text().empty());
  CHECK_FALSE(reader.ok());
}

TEST_CASE("bytes that are left over are not done") {
  ByteReader reader{"ab"};
  CHECK(reader.u8() == 'a');
  CHECK(reader.ok());
  CHECK_FALSE(reader.done());
  CHECK(reader.rest() == "b");
}

TEST_CASE("crc32c gives the published values") {
  CHECK(crc32c("") == 0);
  CHECK(crc32c("123456789") == 0xe3069283);
  // RFC 3720, B.4.
  CHECK(crc32c(std::string(32, '\0')) == 0x8a9136aa);
  CHECK(crc32c(std::string(32, '\xff')) == 0x62a8ab43);
  std::string ascending(32, '\0');
  for (std::size_t i = 0; i < ascending.size(); ++i) ascending[i] = static_cast<char>(i);
  CHECK(crc32c(ascending) == 0x46dd794e);
}

TEST_CASE("crc32c is the same with and without the processor's instruction") {
  std::mt19937 random{1};
  for (std::size_t size = 0; size < 100; ++size) {
    std::string bytes(size, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    CHECK(crc32c(bytes) == crc32c_portable(bytes));
  }
}

TEST_CASE("the hash is the beginning of SHA-256") {
  const auto text = [](const RecordHash& hash) {
    return to_hex({reinterpret_cast<const char*>(hash.data()), hash.size()});
  };
  CHECK(text(hash_of("")) == "e3b0c44298fc1c149afbf4c8996fb924");
  CHECK(text(hash_of("abc")) == "ba7816bf8f01cfea414140de5dae2223");
}

}  // namespace
}  // namespace usher
