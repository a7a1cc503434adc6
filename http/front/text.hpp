// Text as people count it: code points of UTF-8.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace usher::http {

inline constexpr char32_t no_code_point = 0xFFFFFFFF;  // what was taken is not UTF-8

// Takes the first code point off `text`, which is not empty. Refuses overlong forms, surrogates
// and what is past U+10FFFF; takes one byte then.
[[nodiscard]] char32_t take_code_point(std::string_view& text);
[[nodiscard]] bool is_utf8(std::string_view text);
[[nodiscard]] std::size_t count_code_points(std::string_view text);

// Without the blanks at both ends, by the rule of JavaScript's \s, which the clients apply too.
[[nodiscard]] std::string_view without_blanks(std::string_view text);

// Text as it may stand in an element or between double quotes.
[[nodiscard]] std::string escaped_for_html(std::string_view text);

}  // namespace usher::http
