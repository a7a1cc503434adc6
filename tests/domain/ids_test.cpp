// Identities and slots (actors/market/domain/ids.hpp).
#include "actors/market/domain/ids.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>

using namespace usher;

TEST_CASE("an id shows its seconds, its slot and its random part, in this order") {
  const auto id = TicketId::mint(/*now=*/0x12345678LL * 1000 + 999, 0xABCD, 0x0102030405060708ULL);
  CHECK(id.hex() == "12345678abcd030405060708");
  CHECK(id.slot() == 0xABCD);
}

TEST_CASE("the text of an id is read back, in either case") {
  const auto lower = OrderId::parse("0123456789abcdef01abcdef");
  REQUIRE(lower.has_value());
  CHECK(lower->hex() == "0123456789abcdef01abcdef");
  CHECK(OrderId::parse("0123456789ABCDEF01ABCDEF") == lower);
  CHECK(OrderId::parse("0123456789aBcDeF01AbCdEf") == lower);
}

TEST_CASE("any id survives its text") {
  std::mt19937_64 random{1};
  for (int i = 0; i < 1'000; ++i) {
    const auto seconds = static_cast<TimeMs>(random() & 0xFFFFFFFF);
    const auto slot = static_cast<Slot>(random());
    const auto id = PaymentId::mint(seconds * 1000, slot, random());
    CAPTURE(id.hex());
    CHECK(PaymentId::parse(id.hex()) == id);
    CHECK(id.slot() == slot);
  }
}

TEST_CASE("what is not 24 hex digits is no id") {
  using namespace std::string_view_literals;
  for (const auto text : {
           ""sv,
           "0123456789abcdef01abcde"sv,
           "0123456789abcdef01abcdef0"sv,
           "0123456789abcdef01abcdeg"sv,
           "0123456789abcdef01abcdeG"sv,
           "0123456789abcdef01abcde "sv,
           " 123456789abcdef01abcdef"sv,
           "+123456789abcdef01abcdef"sv,
           "0x23456789abcdef01abcdef"sv,
           "0123456789abcdef01abcd\0f"sv,
           "0123456789abcdef01abcd\xC3\xA9"sv,
           "/123456789abcdef01abcdef"sv,
           ":123456789abcdef01abcdef"sv,
           "@123456789abcdef01abcdef"sv,
           "`123456789abcdef01abcdef"sv,
       }) {
    CAPTURE(text);
    CHECK_FALSE(TicketId::parse(text).has_value());
  }
}

TEST_CASE("ids sort by the time they were drawn, and equal ids hash alike") {
  const auto early = TicketId::mint(1'000, 0xFFFF, ~0ULL);
  const auto late = TicketId::mint(2'000, 0, 0);
  CHECK(early < late);
  CHECK(early != late);
  CHECK(std::hash<TicketId>{}(early) == std::hash<TicketId>{}(*TicketId::parse(early.hex())));
  CHECK(std::hash<TicketId>{}(early) != std::hash<TicketId>{}(late));
}

TEST_CASE("ids that are drawn one after the other sort by time, also within a second and by slot") {
  const auto first = OrderId::draw(1'000'999'998, 0xFFFF, ~0ULL);
  const auto second = OrderId::draw(1'000'999'999, 0x0001, 0);
  const auto third = OrderId::draw(1'001'000'000, 0x0000, 0);
  CHECK(first.by_time() < second.by_time());
  CHECK(second.by_time() < third.by_time());
  CHECK(first.slot() == 0xFFFF);
  CHECK(second.hex() == "000003e80001f423f0000000");  // 999,999 us are f423f
}

// FNV-1a's published test vectors, folded: 811c9dc5, e40c292c, bf9cf968. The slot is on the disk.
TEST_CASE("the slot of a text never changes") {
  CHECK(slot_of_text("") == (0x811C ^ 0x9DC5));
  CHECK(slot_of_text("a") == (0xE40C ^ 0x292C));
  CHECK(slot_of_text("foobar") == (0xBF9C ^ 0xF968));
  CHECK(slot_of_text("\xFF") == slot_of_text(std::string(1, '\xFF')));
}

TEST_CASE("texts spread over all slots") {
  constexpr std::size_t shards = 64;
  std::array<int, shards> accounts_of{};
  for (int i = 0; i < 64'000; ++i) {
    const auto slot = slot_of_text("user" + std::to_string(i) + "@example.com");
    ++accounts_of[slot * shards / 65'536];
  }
  for (const int accounts : accounts_of) {
    CHECK(accounts > 500);  // 1,000 each if they were spread evenly
    CHECK(accounts < 2'000);
  }
}
