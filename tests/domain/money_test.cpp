// Money is exact (actors/market/domain/money.hpp).
#include "actors/market/domain/money.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

using namespace usher;

namespace {

constexpr std::int64_t minor_max = 9'007'199'254'740'992;  // 2^53

struct Reads {
  std::string text;
  std::int64_t minor;
};

}  // namespace

TEST_CASE("the text of a decimal number is read exactly") {
  const std::vector<Reads> examples{
      {"20", 2'000},
      {"20.00", 2'000},
      {"1e3", 100'000},
      {"1E3", 100'000},
      {"1e+3", 100'000},
      {"+5", 500},
      {".5", 50},
      {"5.", 500},
      {"5.e1", 5'000},
      {".5e1", 500},
      {"19.99", 1'999},
      {"1.500", 150},
      {"0.29", 29},
      {"1.15", 115},
      {"-3.25", -325},
      {"0", 0},
      {"-0", 0},
      {"0.000", 0},
      {"000123.450", 12'345},
      {"1999e-2", 1'999},
      {"1.5e-1", 15},
      {"100e-4", 1},
      {"0.0001e2", 1},
      {"12345.678e1", 12'345'678},
      {"0.01", 1},
      {"-.5", -50},
  };
  for (const auto& example : examples) {
    CAPTURE(example.text);
    const auto money = parse_money(example.text, usd);
    REQUIRE(money.has_value());
    CHECK(money->minor == example.minor);
  }
}

TEST_CASE("what is not a decimal number is refused") {
  using namespace std::string_literals;
  for (const auto& text :
       {""s,    "+"s,   "-"s,     "."s,   "-."s,   "e5"s,  ".e5"s,   " 5"s,   "5 "s,    "0x10"s,
        "nan"s, "inf"s, "NaN"s,   "1,5"s, "1e"s,   "1e+"s, "1e1.5"s, "1e 5"s, "1.2.3"s, "--5"s,
        "+-5"s, "5-"s,  "1e5e5"s, "$5"s,  "true"s, "1_0"s, "\0"s,    "5\0"s,  "5\n"s,   "٥"s}) {
    CAPTURE(text);
    const auto money = parse_money(text, usd);
    REQUIRE_FALSE(money.has_value());
    CHECK(money.error() == MoneyError::not_a_number);
  }
}

TEST_CASE("more than two decimals are refused, not rounded; zeros at the end do not count") {
  for (const std::string text : {"19.999", "0.001", "1e-3", "1.5e-2", "123456789.0010"}) {
    CAPTURE(text);
    const auto money = parse_money(text, usd);
    REQUIRE_FALSE(money.has_value());
    CHECK(money.error() == MoneyError::too_many_decimals);
  }
  CHECK(parse_money("1.990000000000000000000000000000000000", usd)->minor == 199);
}

TEST_CASE("money ends where a JSON number stops to be exact") {
  CHECK(parse_money("90071992547409.92", usd)->minor == minor_max);
  CHECK(parse_money("-90071992547409.92", usd)->minor == -minor_max);
  for (const std::string text : {"90071992547409.93", "-90071992547409.93", "1e14", "1e309",
                                 "-1e309", "99999999999999999999", "9007199254740993"}) {
    CAPTURE(text);
    const auto money = parse_money(text, usd);
    REQUIRE_FALSE(money.has_value());
    CHECK(money.error() == MoneyError::out_of_range);
  }
}

TEST_CASE("an exponent of any size is read in no time and without overflow") {
  const std::string nines(400, '9');
  CHECK(parse_money("1e" + nines, usd).error() == MoneyError::out_of_range);
  CHECK(parse_money("1e-" + nines, usd).error() == MoneyError::too_many_decimals);
  CHECK(parse_money("0e" + nines, usd)->minor == 0);
  CHECK(parse_money("0e-" + nines, usd)->minor == 0);
  CHECK(parse_money("1e9223372036854775807", usd).error() == MoneyError::out_of_range);
  CHECK(parse_money("1e-9223372036854775808", usd).error() == MoneyError::too_many_decimals);
  CHECK(parse_money("1e00000000000000000000000000000000002", usd)->minor == 10'000);
}

TEST_CASE("a long text and its exponent make up for each other") {
  const std::string zeros(100'000, '0');
  CHECK(parse_money("1" + zeros + "e-100000", usd)->minor == 100);
  CHECK(parse_money("0." + zeros + "1e100001", usd)->minor == 100);
  CHECK(parse_money(zeros + "7", usd)->minor == 700);
}

TEST_CASE("money is written as the shortest decimal") {
  const std::vector<Reads> examples{
      {"20", 2'000}, {"19.99", 1'999},   {"0.5", 50},  {"0.05", 5},
      {"0", 0},      {"-0.5", -50},      {"-1", -100}, {"90071992547409.92", minor_max},
      {"1.1", 110},  {"-19.99", -1'999},
  };
  for (const auto& [text, minor] : examples) CHECK(to_decimal(Money{minor}, usd) == text);
  CHECK(to_decimal(Money{INT64_MIN}, usd) == "-92233720368547758.08");
  CHECK(to_decimal(Money{INT64_MAX}, usd) == "92233720368547758.07");
}

TEST_CASE("any amount survives its text") {
  std::mt19937_64 random{1};
  for (int i = 0; i < 10'000; ++i) {
    const int bits = static_cast<int>(random() % 53) + 1;
    const auto magnitude = static_cast<std::int64_t>(random() >> (64 - bits));
    const Money money{random() % 2 == 0 ? magnitude : -magnitude};
    CAPTURE(money.minor);
    const auto read = parse_money(to_decimal(money, usd), usd);
    REQUIRE(read.has_value());
    CHECK(*read == money);
  }
}

TEST_CASE("an amount has the decimals of its currency") {
  const auto& jpy = *find_currency("jpy");
  const auto& kwd = *find_currency("kwd");
  // Found in use: a thousand yen were charged as 100,000, and half a yen was accepted.
  CHECK(parse_money("1000", jpy) == Money{1'000});
  CHECK(parse_money("1000.00", jpy) == Money{1'000});
  CHECK(parse_money("1e3", jpy) == Money{1'000});
  CHECK(parse_money("1000.50", jpy).error() == MoneyError::too_many_decimals);
  CHECK(parse_money(".5", jpy).error() == MoneyError::too_many_decimals);
  CHECK(parse_money("9007199254740992", jpy) == Money{minor_max});
  CHECK(parse_money("9007199254740993", jpy).error() == MoneyError::out_of_range);
  CHECK(parse_money("1.234", kwd) == Money{1'234});
  CHECK(parse_money("1.2345", kwd).error() == MoneyError::too_many_decimals);
  CHECK(to_decimal(Money{1'000}, jpy) == "1000");
  CHECK(to_decimal(Money{0}, jpy) == "0");
  CHECK(to_decimal(Money{-7}, jpy) == "-7");
  CHECK(to_decimal(Money{1'234}, kwd) == "1.234");
  CHECK(to_decimal(Money{1'200}, kwd) == "1.2");
  CHECK(to_decimal(Money{5}, kwd) == "0.005");
  CHECK(to_decimal(Money{INT64_MIN}, kwd) == "-9223372036854775.808");
}

TEST_CASE("what is written is read again, whatever the decimals") {
  for (const char* code : {"jpy", "usd", "kwd"})
    for (const std::int64_t minor : {0, 1, 9, 10, 99, 100, 101, 999, 1'000, 1'001, 123'456}) {
      CAPTURE(code);
      CAPTURE(minor);
      const auto& currency = *find_currency(code);
      CHECK(parse_money(to_decimal(Money{minor}, currency), currency) == Money{minor});
      CHECK(parse_money(to_decimal(Money{-minor}, currency), currency) == Money{-minor});
    }
}
