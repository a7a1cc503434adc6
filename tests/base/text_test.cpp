// When two texts are the same, and what a line that people see may consist of.
#include "base/text.hpp"

#include <doctest/doctest.h>

using namespace usher;

namespace {

constexpr std::string_view e_acute = "\xC3\xA9";       // as one character
constexpr std::string_view e_and_acute = "e\xCC\x81";  // as two
constexpr std::string_view zero_width_space = "\xE2\x80\x8B";

std::string text(std::u8string_view utf8) { return {utf8.begin(), utf8.end()}; }

std::optional<FoundFault> fault(std::u8string_view title) { return fault_of_line(text(title)); }

}  // namespace

TEST_CASE("one spelling for what looks the same") {
  CHECK(normal_form(e_and_acute) == e_acute);
  CHECK(normal_form(e_acute) == e_acute);
  CHECK(normal_form("plain") == "plain");
  CHECK(normal_form("") == "");
}

TEST_CASE("texts that differ by case or normal form fold to the same") {
  CHECK(folded(text(u8"M\u00DCLLER")) == folded(text(u8"m\u00FCller")));
  CHECK(folded(text(u8"\u041F\u0420\u0418\u0412\u0415\u0422")) ==
        folded(text(u8"\u043F\u0440\u0438\u0432\u0435\u0442")));
  CHECK(folded(text(u8"CAF\u00C9")) == folded("cafe\xCC\x81"));
  CHECK(folded(text(u8"\u03A3\u03AF\u03C3\u03C5\u03C6\u03BF\u03C2")) ==
        folded(text(u8"\u03A3\u038A\u03A3\u03A5\u03A6\u039F\u03A3")));  // final sigma
  CHECK(folded(text(u8"Stra\u00DFe")) == folded("STRASSE"));
  CHECK(folded(text(u8"caf\u00E9")) != folded("cafe"));
}

TEST_CASE("a part is found whatever its case and form, and only when it is there") {
  CHECK(contains_folded("The OPERA", folded("opera")));
  CHECK(contains_folded(text(u8"Ein M\u00FCller-Abend"), folded(text(u8"M\u00DCLLER"))));
  CHECK(contains_folded("CAFE\xCC\x81 Concert", folded(text(u8"caf\u00E9"))));
  CHECK_FALSE(contains_folded("The OPERA", folded("operas")));
  CHECK_FALSE(contains_folded("ASCII", folded(text(u8"\u00FC"))));
  CHECK(contains_folded("anything", ""));
}

TEST_CASE("one name for each mailbox") {
  CHECK(mailbox_name("Ada+Tag@EXAMPLE.Com") == "ada+tag@example.com");
  CHECK(mailbox_name(text(u8"M\u00DCLLER@example.com")) == text(u8"m\u00FCller@example.com"));
  CHECK(mailbox_name("jose\xCC\x81@example.com") == mailbox_name(text(u8"jos\u00E9@example.com")));
  CHECK(mailbox_name("anna@xn--bcher-kva.example") == text(u8"anna@b\u00FCcher.example"));
  CHECK(mailbox_name(text(u8"anna@B\u00DCCHER.example")) == text(u8"anna@b\u00FCcher.example"));
  CHECK(mailbox_name(text(u8"anna@b\u00FCcher\u3002example")) ==
        text(u8"anna@b\u00FCcher.example"));
}

TEST_CASE("names that are not the same stay apart") {
  CHECK(mailbox_name(text(u8"stra\u00DFe@example.com")) != mailbox_name("strasse@example.com"));
  CHECK(mailbox_name("a@fass.example") != mailbox_name(text(u8"a@fa\u00DF.example")));
  CHECK(mailbox_name("a.b@example.com") != mailbox_name("ab@example.com"));
}

TEST_CASE("a name is the name of itself, also where UTS 46 refuses the domain") {
  for (const auto& address :
       {std::string{"a@x.co"}, text(u8"\u0130@x.co"), std::string{"A@XN--A.example"},
        text(u8"\u00C4@\u2603.example"), std::string{"no at"}, std::string{"@"}, std::string{}}) {
    CAPTURE(address);
    const auto name = mailbox_name(address);
    CHECK(mailbox_name(name) == name);
  }
}

TEST_CASE("a line has something visible") {
  const FoundFault nothing{TextFault::nothing_visible, 0};
  for (const auto blank :
       {u8"", u8" ", u8"\u00A0\u3000", u8"\u200B", u8"\u00AD", u8"\u2060", u8"\uFEFF", u8"\u3164",
        u8"\u115F", u8"\u2800", u8"\u200E", u8"\uFE0F", u8"\U000E0041", u8"\u0301", u8"\u180E"}) {
    CAPTURE(text(blank));
    CHECK(fault(blank) == nothing);
  }
  for (const auto visible : {u8"a", u8".", u8"\u00FC", u8"e\u0301", u8"\u0639\u0631\u0636",
                             u8"\u200Fa", u8"\U0001F3AB", u8"\u0E01", u8"\u20AC"}) {
    CAPTURE(text(visible));
    CHECK_FALSE(fault(visible));
  }
}

TEST_CASE("a line has no control characters, and they are named") {
  CHECK(fault_of_line(std::string_view{"a\0b", 3}) == FoundFault{TextFault::control, 0});
  CHECK(fault(u8"a\tb") == FoundFault{TextFault::control, U'\t'});
  CHECK(fault(u8"a\nb") == FoundFault{TextFault::control, U'\n'});
  CHECK(fault(u8"a\u007F") == FoundFault{TextFault::control, U'\u007F'});
  CHECK(fault(u8"a\u0085") == FoundFault{TextFault::control, char32_t{0x85}});
  CHECK(fault(u8"a\u2028") == FoundFault{TextFault::control, U'\u2028'});
  CHECK(fault(u8"a\uFFFE") == FoundFault{TextFault::control, U'\uFFFE'});
  CHECK(fault(u8"a\uFFF9") == FoundFault{TextFault::control, U'\uFFF9'});
}

TEST_CASE(
    "nothing in a line reorders what stands around it; scripts and emoji get what they need") {
  for (const char32_t c : {U'\u202A', U'\u202B', U'\u202C', U'\u202D', U'\u202E', U'\u2066',
                           U'\u2067', U'\u2068', U'\u2069'}) {
    std::string title = "a";
    title += static_cast<char>(0xE2);
    title += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    title += static_cast<char>(0x80 | (c & 0x3F));
    CHECK(fault_of_line(title) == FoundFault{TextFault::direction_change, c});
  }
  CHECK_FALSE(fault(u8"abc\u200F\u0639\u0631\u0636\u061C"));
  CHECK_FALSE(fault(u8"\u0645\u06CC\u200C\u062E\u0648\u0627\u0647\u0645"));  // a non-joiner
  CHECK_FALSE(fault(u8"\U0001F468\u200D\U0001F469\u200D\U0001F467"));        // joiners
}

TEST_CASE("what is never seen is found, wherever it stands") {
  CHECK(has_invisible("zero" + std::string{zero_width_space} + "width"));
  CHECK(has_invisible(text(u8"soft\u00ADhyphen")));
  CHECK(has_invisible(text(u8"\u202Ea")));
  CHECK(has_invisible(text(u8"a\u3164b")));
  CHECK(has_invisible(text(u8"a\u2800b")));
  CHECK(has_invisible(text(u8"a\u00A0b")));
  CHECK_FALSE(has_invisible("\"quoted local\"@x.co"));
  CHECK_FALSE(has_invisible(text(u8"jose\u0301@b\u00FCcher.example")));
}

TEST_CASE("characters are named as documents name them") {
  CHECK(code_point_name(0) == "U+0000");
  CHECK(code_point_name(0x202E) == "U+202E");
  CHECK(code_point_name(0x1F3AB) == "U+1F3AB");
  CHECK(code_point_name(0x10FFFF) == "U+10FFFF");
}
