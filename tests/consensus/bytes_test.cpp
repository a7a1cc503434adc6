#include "consensus/bytes.hpp"

#include <doctest/doctest.h>

using namespace usher::consensus;

namespace {

constexpr std::uint64_t entries_max = 10;

bool reads(const Span& span) {
  std::string bytes;
  put_span(bytes, span);
  ByteReader in{bytes};
  Span back;
  in.get_span(back, entries_max);
  if (in.ok()) {
    CHECK(back == span);
    CHECK(in.at_end());
  } else {
    CHECK(back == Span{});
  }
  return in.ok();
}

}  // namespace

TEST_CASE("integers are little-endian, one behind the other") {
  std::string bytes;
  put(bytes, std::uint16_t{0x0102});
  put(bytes, EntryKind::empty);
  put(bytes, std::uint32_t{5});
  CHECK(bytes == std::string("\x02\x01\xfe\x05\0\0\0", 7));
  ByteReader in{bytes};
  CHECK(in.get<std::uint16_t>() == 0x0102);
  CHECK(in.get<EntryKind>() == EntryKind::empty);
  CHECK(in.get<std::uint32_t>() == 5);
  CHECK(in.ok());
  CHECK(in.at_end());
}

TEST_CASE("a reader at its end gives zeros, and says so") {
  ByteReader in{std::string_view{"\x01\x02\x03", 3}};
  CHECK(in.get<std::uint32_t>() == 0);
  CHECK_FALSE(in.ok());
  CHECK(in.get<std::uint8_t>() == 0);  // not what was left
  CHECK_FALSE(in.ok());
}

TEST_CASE("a base comes back as it was") {
  const Base base{9, 4, {{1, 2, 300}, {5}}};
  std::string bytes;
  put_base(bytes, base);
  ByteReader in{bytes};
  Base back{1, 1, {{7}, {7}}};
  in.get_base(back);
  CHECK(in.ok());
  CHECK(in.at_end());
  CHECK(back == base);
}

TEST_CASE("a span comes back as it was") {
  Span span;
  CHECK(reads(span));
  for (Index i = 1; i <= entries_max; ++i)
    span.append(i, 1 + i / 3, i % 4 == 0 ? EntryKind::add_voter : EntryKind::payload,
                i % 4 == 0 ? i : 0);
  CHECK(reads(span));
}

TEST_CASE("a span that can't be one is refused") {
  Span span;
  for (Index i = 4; i <= 6; ++i) span.append(i, 2);
  REQUIRE(reads(span));

  SUBCASE("more entries than its reader takes") {
    span.runs.back().count = entries_max + 1;
    CHECK_FALSE(reads(span));
  }
  SUBCASE("a run of nothing") {
    span.runs.push_back({0, 3});
    CHECK_FALSE(reads(span));
  }
  SUBCASE("no term") {
    span.runs[0].term = 0;
    CHECK_FALSE(reads(span));
  }
  SUBCASE("a term that is older than the one before") {
    span.runs.push_back({1, 1});
    CHECK_FALSE(reads(span));
  }
  SUBCASE("no index") {
    span.first = 0;
    CHECK_FALSE(reads(span));
  }
  SUBCASE("indexes past the end of numbers") {
    span.first = ~Index{0} - 1;
    CHECK_FALSE(reads(span));
  }
  SUBCASE("an index, and no entry") {
    span.runs.clear();
    CHECK_FALSE(reads(span));
  }
  SUBCASE("a special entry before it") {
    span.specials = {{3, EntryKind::empty, 0}};
    CHECK_FALSE(reads(span));
  }
  SUBCASE("a special entry behind it") {
    span.specials = {{7, EntryKind::empty, 0}};
    CHECK_FALSE(reads(span));
  }
  SUBCASE("two at one index") {
    span.specials = {{5, EntryKind::empty, 0}, {5, EntryKind::empty, 0}};
    CHECK_FALSE(reads(span));
  }
  SUBCASE("a kind that nobody knows") {
    span.specials = {{5, static_cast<EntryKind>(2), 7}};
    CHECK_FALSE(reads(span));
  }
  SUBCASE("a payload that is called special") {
    span.specials = {{5, EntryKind::payload, 0}};
    CHECK_FALSE(reads(span));
  }
  SUBCASE("a change of nobody") {
    span.specials = {{5, EntryKind::add_learner, 0}};
    CHECK_FALSE(reads(span));
  }
  SUBCASE("an empty entry of somebody") {
    span.specials = {{5, EntryKind::empty, 7}};
    CHECK_FALSE(reads(span));
  }
}
