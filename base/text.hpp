// What text is, decided in one place (Unicode by ICU): when two texts are the same, and what a text
// that people see may consist of. Everything takes UTF-8; what is not UTF-8 is refused where it
// enters (http/front/json_body), and passes through here unchanged.
// Pure, any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace usher {

// Of ASCII letters alone; every other byte stays.
[[nodiscard]] constexpr char lower_ascii(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

// Normal form C (Unicode Standard Annex 15): one spelling for what looks the same, "e" with an
// accent behind it or as one character.
[[nodiscard]] std::string normal_form(std::string_view utf8);

// For comparing without case: texts that differ only by case or normal form fold to the same
// (Unicode Standard, D145, canonical caseless matching). Not for display, and not for names of
// accounts: it merges the German sharp s with ss.
[[nodiscard]] std::string folded(std::string_view utf8);

// `folded` for one text in many: whether `text` contains what `folded_part` was folded from.
[[nodiscard]] bool contains_folded(std::string_view text, std::string_view folded_part);

// The name of an account: normal form C in lower case (no locale's), the domain as UTS 46 maps it,
// written in its own script, so that "xn--" and what it stands for are one. Two addresses with one
// name are one account. A domain that UTS 46 refuses is only put in lower case.
[[nodiscard]] std::string mailbox_name(std::string_view address);

// A label of it begins as encoded names do ("xn--") and is the encoding of nothing: no such name
// can be registered.
[[nodiscard]] bool has_broken_label(std::string_view domain);

enum class TextFault {
  nothing_visible,   // blanks, and characters that are never seen
  control,           // control characters, line separators, noncharacters
  direction_change,  // embeddings, overrides and isolates: they reorder the text around them
};
struct FoundFault {
  TextFault fault;
  char32_t character = 0;  // the first that is refused; 0 when nothing is visible
  bool operator==(const FoundFault&) const = default;
};
// What makes `utf8` no title; nullopt: nothing does. Marks for the direction of a single place
// (U+200E, U+200F, U+061C) and joiners are no fault: scripts and emoji need them.
[[nodiscard]] std::optional<FoundFault> fault_of_line(std::string_view utf8);

// Whether a character stands in `utf8` that is never seen: two names could look alike and differ.
[[nodiscard]] bool has_invisible(std::string_view utf8);

// "U+202E", as documents and errors name a character.
[[nodiscard]] std::string code_point_name(char32_t character);

}  // namespace usher
