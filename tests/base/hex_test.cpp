#include "base/hex.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace usher;
using namespace std::string_literals;

TEST_CASE("bytes are two lower-case digits each, and come back") {
  const std::string bytes = "\x00\x7f\x80\xff usher"s;
  CHECK(to_hex(bytes) == "007f80ff207573686572");
  CHECK(from_hex(to_hex(bytes)) == bytes);
  CHECK(from_hex("007F80FF") == "\x00\x7f\x80\xff"s);
  CHECK(from_hex("") == "");
}

TEST_CASE("a number is sixteen digits, the highest first") {
  CHECK(to_hex(std::uint64_t{0}) == "0000000000000000");
  CHECK(to_hex(std::uint64_t{0x0123456789abcdef}) == "0123456789abcdef");
}

TEST_CASE("what is no hex is not read") {
  for (const auto* text : {"0", "000", "0g", "g0", "0x00", " 00", "00 ", "-1", "\xff\xff"}) {
    CAPTURE(text);
    CHECK_FALSE(from_hex(text).has_value());
  }
}
