#include "base/currency.hpp"

#include <doctest/doctest.h>

using namespace usher;

TEST_CASE("a currency has the decimals of ISO 4217") {
  for (const char* code : {"jpy", "krw", "isk", "clp", "vnd", "ugx", "xof"}) {
    CAPTURE(code);
    REQUIRE(find_currency(code) != nullptr);
    CHECK(find_currency(code)->decimals == 0);
  }
  for (const char* code : {"usd", "eur", "gbp", "huf", "twd", "mga", "zwg"}) {
    CAPTURE(code);
    REQUIRE(find_currency(code) != nullptr);
    CHECK(find_currency(code)->decimals == 2);
    CHECK(find_currency(code)->code == code);
  }
  for (const char* code : {"bhd", "iqd", "jod", "kwd", "lyd", "omr", "tnd"}) {
    CAPTURE(code);
    REQUIRE(find_currency(code) != nullptr);
    CHECK(find_currency(code)->decimals == 3);
  }
  CHECK(*find_currency("usd") == usd);
}

TEST_CASE("what nobody pays in is no currency") {
  for (const char* code : {"", "us", "usdx", "USD", "abc", "clf", "uyw", "xau", "xxx", "xts", "hrk",
                           "aaa", "zzz", "u$d"}) {
    CAPTURE(code);
    CHECK(find_currency(code) == nullptr);
  }
}
