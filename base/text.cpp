#include "base/text.hpp"

#include <unicode/bytestream.h>
#include <unicode/idna.h>
#include <unicode/locid.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include <algorithm>

#include "base/hex.hpp"

namespace usher {
namespace {

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c & 0x80) == 0; });
}

std::string in_lower_ascii(std::string_view text) {
  std::string lower{text};
  for (char& c : lower) c = lower_ascii(c);
  return lower;
}

icu::UnicodeString utf16(std::string_view utf8) {
  return icu::UnicodeString::fromUTF8(
      icu::StringPiece{utf8.data(), static_cast<std::int32_t>(utf8.size())});
}

std::string utf8(const icu::UnicodeString& text) {
  std::string out;
  return text.toUTF8String(out);
}

// ICU's tables are part of its library: without them nothing here can work.
const icu::Normalizer2& form_c() {
  UErrorCode status = U_ZERO_ERROR;
  static const auto* const instance = icu::Normalizer2::getNFCInstance(status);
  return *instance;
}
const icu::Normalizer2& form_d() {
  UErrorCode status = U_ZERO_ERROR;
  static const auto* const instance = icu::Normalizer2::getNFDInstance(status);
  return *instance;
}
const icu::IDNA& idna() {
  UErrorCode status = U_ZERO_ERROR;
  static const auto* const instance =
      icu::IDNA::createUTS46Instance(UIDNA_NONTRANSITIONAL_TO_UNICODE, status);
  return *instance;
}

icu::UnicodeString normal_form(const icu::UnicodeString& text) {
  UErrorCode status = U_ZERO_ERROR;
  auto normal = form_c().normalize(text, status);
  return U_SUCCESS(status) ? normal : text;
}

std::string domain_name(std::string_view domain) {
  UErrorCode status = U_ZERO_ERROR;
  icu::IDNAInfo info;
  icu::UnicodeString name;
  idna().nameToUnicode(utf16(domain), name, info, status);
  if (U_SUCCESS(status) && !info.hasErrors()) return utf8(name);
  return utf8(normal_form(utf16(domain)).toLower(icu::Locale::getRoot()));
}

// f(code point) until it says false. What is not UTF-8 counts as U+FFFD.
template <class F>
void each_code_point(std::string_view text, F f) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  const auto size = static_cast<std::int32_t>(text.size());
  for (std::int32_t at = 0; at < size;) {
    UChar32 c = 0;
    U8_NEXT_OR_FFFD(bytes, at, size, c);
    if (!f(c)) return;
  }
}

bool changes_direction(UChar32 c) {
  return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

bool is_control(UChar32 c) {
  switch (u_charType(c)) {
    case U_CONTROL_CHAR:
    case U_LINE_SEPARATOR:
    case U_PARAGRAPH_SEPARATOR:
    case U_SURROGATE:
      return true;
    default:
      // Annotations and deprecated formatting are instructions too, and not text.
      return U_IS_UNICODE_NONCHAR(c) || (c >= 0xFFF9 && c <= 0xFFFB) ||
             (c >= 0x206A && c <= 0x206F);
  }
}

// Never seen, or seen only on what stands before it.
bool is_invisible(UChar32 c) {
  constexpr UChar32 braille_blank = 0x2800;
  if (c == braille_blank || u_isUWhiteSpace(c) ||
      u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT))
    return true;
  switch (u_charType(c)) {
    case U_CONTROL_CHAR:
    case U_FORMAT_CHAR:
    case U_NON_SPACING_MARK:
    case U_ENCLOSING_MARK:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::string normal_form(std::string_view text) {
  if (is_ascii(text)) return std::string{text};
  return utf8(normal_form(utf16(text)));
}

std::string folded(std::string_view text) {
  if (is_ascii(text)) return in_lower_ascii(text);
  UErrorCode status = U_ZERO_ERROR;
  auto decomposed = form_d().normalize(utf16(text), status);
  decomposed.foldCase(U_FOLD_CASE_DEFAULT);
  return utf8(normal_form(decomposed));
}

bool contains_folded(std::string_view text, std::string_view folded_part) {
  if (!is_ascii(text)) return folded(text).find(folded_part) != std::string::npos;
  return std::search(text.begin(), text.end(), folded_part.begin(), folded_part.end(),
                     [](char a, char b) { return lower_ascii(a) == b; }) != text.end();
}

std::string mailbox_name(std::string_view address) {
  const auto at = std::min(address.rfind('@'), address.size());
  const auto local = address.substr(0, at);
  std::string name =
      is_ascii(local)
          ? in_lower_ascii(local)
          : utf8(normal_form(normal_form(utf16(local)).toLower(icu::Locale::getRoot())));
  if (at < address.size()) name += '@' + domain_name(address.substr(at + 1));
  return name;
}

bool has_broken_label(std::string_view domain) {
  UErrorCode status = U_ZERO_ERROR;
  icu::IDNAInfo info;
  icu::UnicodeString name;
  idna().nameToUnicode(utf16(domain), name, info, status);
  constexpr std::uint32_t broken = UIDNA_ERROR_PUNYCODE | UIDNA_ERROR_INVALID_ACE_LABEL;
  return U_FAILURE(status) || (info.getErrors() & broken) != 0;
}

std::optional<FoundFault> fault_of_line(std::string_view text) {
  std::optional<FoundFault> found;
  bool visible = false;
  each_code_point(text, [&](UChar32 c) {
    const auto character = static_cast<char32_t>(c);
    if (is_control(c)) found = FoundFault{TextFault::control, character};
    if (changes_direction(c)) found = FoundFault{TextFault::direction_change, character};
    visible = visible || !is_invisible(c);
    return !found;
  });
  if (!found && !visible) found = FoundFault{TextFault::nothing_visible, 0};
  return found;
}

bool has_invisible(std::string_view text) {
  bool found = false;
  each_code_point(text, [&](UChar32 c) {
    found = u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT) || is_control(c) ||
            u_charType(c) == U_FORMAT_CHAR || (c != 0x20 && u_isUWhiteSpace(c)) || c == 0x2800;
    return !found;
  });
  return found;
}

std::string code_point_name(char32_t character) {
  std::string name = "U+";
  bool leading = true;
  for (int shift = 20; shift >= 0; shift -= 4) {
    const auto digit = (character >> shift) & 0xF;
    leading = leading && digit == 0 && shift >= 16;
    if (!leading) name += hex_digits_upper[digit];
  }
  return name;
}

}  // namespace usher
