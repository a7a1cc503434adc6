#include "config/units.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace usher;

TEST_CASE("a duration is a whole number and a unit") {
  CHECK(parse_duration_ms("500ms") == 500);
  CHECK(parse_duration_ms("10s") == 10'000);
  CHECK(parse_duration_ms("15m") == 900'000);
  CHECK(parse_duration_ms("1h") == 3'600'000);
  CHECK(parse_duration_ms("30d") == 2'592'000'000);
  CHECK(parse_duration_ms("0s") == 0);
}

TEST_CASE("a duration without a unit, with a blank, a sign, a fraction or another unit is none") {
  for (const std::string& wrong :
       std::vector<std::string>{"", "15", "m", "15 m", " 15m", "15m ", "-1s", "+1s", "1.5s",
                                "15min", "15M", "15mm", "1h30m", "0x10s", "forever"}) {
    CAPTURE(wrong);
    CHECK_FALSE(parse_duration_ms(wrong));
  }
}

TEST_CASE("a duration past the largest number of milliseconds is none") {
  CHECK(parse_duration_ms("106751991167d"));
  CHECK_FALSE(parse_duration_ms("106751991168d"));
  CHECK_FALSE(parse_duration_ms("9223372036854775808ms"));
}

TEST_CASE("a size is a whole number and a binary unit") {
  CHECK(parse_size_bytes("512B") == 512);
  CHECK(parse_size_bytes("64KiB") == 65'536);
  CHECK(parse_size_bytes("1MiB") == 1'048'576);
  CHECK(parse_size_bytes("2GiB") == 2'147'483'648);
}

TEST_CASE("KB is not a size: it leaves open whether it is 1000 or 1024") {
  for (const std::string& wrong : std::vector<std::string>{
           "", "64", "64KB", "64kib", "64 KiB", "-1B", "1.5MiB", "9GiBB", "8589934592GiB"}) {
    CAPTURE(wrong);
    CHECK_FALSE(parse_size_bytes(wrong));
  }
}

TEST_CASE("values are written in the largest unit that needs no fraction") {
  CHECK(duration_text(900'000) == "15m");
  CHECK(duration_text(90'000) == "90s");
  CHECK(duration_text(1'500) == "1500ms");
  CHECK(duration_text(86'400'000) == "1d");
  CHECK(duration_text(0) == "0s");
  CHECK(size_text(65'536) == "64KiB");
  CHECK(size_text(1'000) == "1000B");
  CHECK(size_text(0) == "0B");
}

TEST_CASE("what is written can be read back") {
  for (const std::int64_t value : {1LL, 999LL, 60'000LL, 61'000LL, 1LL << 30, (1LL << 40) + 1}) {
    CAPTURE(value);
    CHECK(parse_duration_ms(duration_text(value)) == value);
    CHECK(parse_size_bytes(size_text(value)) == value);
  }
}
