// What counts as an e-mail address: the rules of the validator that the clients' own server used
// (validator.js, isEmail), by code points.
#include <algorithm>
#include <optional>
#include <vector>

#include "base/text.hpp"
#include "http/front/ascii.hpp"
#include "http/front/text.hpp"
#include "http/requests/validation.hpp"

namespace usher::http {
namespace {

constexpr std::size_t address_length_max = 254;
constexpr std::size_t local_bytes_max = 64;
constexpr std::size_t domain_bytes_max = 254;
constexpr std::size_t label_length_max = 63;

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

template <class Test>
bool all_code_points(std::string_view text, Test test) {
  while (!text.empty())
    if (!test(take_code_point(text))) return false;
  return true;
}

bool is_ascii_letter_or_digit(char32_t c) {
  return c < 0x80 && (is_alpha(static_cast<char>(c)) || is_digit(static_cast<char>(c)));
}

// Letters and symbols of other scripts, without private use, surrogates and what is beyond.
bool is_international(char32_t c) {
  return (c >= 0xA1 && c <= 0xD7FF) || (c >= 0xF900 && c <= 0xFFEF);
}

bool is_atom_char(char32_t c) {
  constexpr std::u32string_view symbols = U"!#$%&'*+-/=?^_`{|}~";
  return is_ascii_letter_or_digit(c) || is_international(c) ||
         symbols.find(c) != std::u32string_view::npos;
}

// Between the quotes: anything printable, quotes and backslashes behind a backslash.
bool is_quoted_content(std::string_view text) {
  while (!text.empty()) {
    auto c = take_code_point(text);
    if (c == '"') return false;
    if (c == '\\') {
      if (text.empty()) return false;
      c = take_code_point(text);
    }
    if (c < 0x20 || c == 0x7F || c == no_code_point) return false;
  }
  return true;
}

bool is_local_part(std::string_view local) {
  if (local.empty() || local.size() > local_bytes_max) return false;
  if (local.front() == '"')
    return local.size() >= 2 && local.back() == '"' &&
           is_quoted_content(local.substr(1, local.size() - 2));
  const auto atoms = split(local, '.');
  return std::all_of(atoms.begin(), atoms.end(), [](std::string_view atom) {
    return !atom.empty() && all_code_points(atom, is_atom_char);
  });
}

bool is_label(std::string_view label) {
  if (label.empty() || label.front() == '-' || label.back() == '-') return false;
  if (count_code_points(label) > label_length_max) return false;
  return all_code_points(label, [](char32_t c) {
    const bool full_width = c >= 0xFF01 && c <= 0xFF5E;  // look-alikes of ASCII
    return is_ascii_letter_or_digit(c) || c == '-' || (c >= 0xA1 && c <= 0x10FFFF && !full_width);
  });
}

bool is_top_label(std::string_view label) {
  if (count_code_points(label) < 2) return false;
  if (label.size() > 2 && equal_without_case(label.substr(0, 2), "xn")) return true;
  return all_code_points(label, [](char32_t c) {
    return (c < 0x80 && is_alpha(static_cast<char>(c))) || (is_international(c) && c != 0xA9);
  });
}

bool is_domain(std::string_view domain) {
  if (domain.size() > domain_bytes_max) return false;
  const auto labels = split(domain, '.');
  return labels.size() >= 2 && is_top_label(labels.back()) &&
         std::all_of(labels.begin(), labels.end(), is_label);
}

}  // namespace

bool is_email(std::string_view text) {
  if (count_code_points(text) > address_length_max) return false;
  const auto at = text.rfind('@');
  return at != std::string_view::npos && is_local_part(text.substr(0, at)) &&
         is_domain(text.substr(at + 1));
}

Email account_name(std::string_view email) { return Email{mailbox_name(email)}; }

Email former_account_name(std::string_view email) {
  Email account{std::string{email}};
  for (char& c : account.text) c = lower_ascii(c);
  return account;
}

}  // namespace usher::http
