// JSON as text, written once and in order: quotes, commas and escapes stand here and nowhere else.
// It appends to a string, because a list of a thousand rows builds no tree of values.
#pragma once

#include <charconv>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "base/hex.hpp"

namespace usher {

class JsonWriter {
 public:
  // `out` outlives this; what it holds already stays in front.
  explicit JsonWriter(std::string& out) : out_(out) {}

  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }

  // Our own names: none holds anything to escape.
  JsonWriter& key(std::string_view name) {
    separate();
    out_ += '"';
    out_ += name;
    out_ += "\":";
    needs_comma_ = false;
    return *this;
  }
  // Somebody else's.
  JsonWriter& key_of_text(std::string_view name) {
    text(name);
    out_ += ':';
    needs_comma_ = false;
    return *this;
  }

  // UTF-8; only what JSON demands is escaped.
  JsonWriter& text(std::string_view text) {
    separate();
    out_ += '"';
    append_escaped(text);
    out_ += '"';
    return *this;
  }
  // What is JSON already.
  JsonWriter& raw(std::string_view json) {
    separate();
    out_ += json;
    return *this;
  }
  JsonWriter& null() { return raw("null"); }

  // text, bool, an integer, a double (null when it is not finite), or an optional of them (null).
  template <class V>
  JsonWriter& value(const V& value) {
    if constexpr (std::is_same_v<V, bool>) {
      return raw(value ? "true" : "false");
    } else if constexpr (std::is_arithmetic_v<V>) {
      return number(value);
    } else if constexpr (std::is_convertible_v<const V&, std::string_view>) {
      return text(value);
    } else {
      return value ? this->value(*value) : null();
    }
  }
  template <class V>
  JsonWriter& field(std::string_view name, const V& of_it) {
    return key(name).value(of_it);
  }

  // "[a,b]" of what `write_one(writer, row)` writes.
  template <class Rows, class WriteOne>
  JsonWriter& array(const Rows& rows, WriteOne write_one) {
    begin_array();
    for (const auto& row : rows) write_one(*this, row);
    return end_array();
  }

 private:
  JsonWriter& open(char bracket) {
    separate();
    out_ += bracket;
    needs_comma_ = false;
    return *this;
  }
  JsonWriter& close(char bracket) {
    out_ += bracket;
    needs_comma_ = true;
    return *this;
  }
  void separate() {
    if (std::exchange(needs_comma_, true)) out_ += ',';
  }

  template <class Number>
  JsonWriter& number(Number value) {
    if constexpr (std::is_floating_point_v<Number>)
      if (!std::isfinite(value)) return null();
    char digits[32];
    const auto end = std::to_chars(digits, digits + sizeof digits, value);
    return raw({digits, static_cast<std::size_t>(end.ptr - digits)});
  }

  void append_escaped(std::string_view text) {
    std::size_t plain = 0;  // where what needs no escape began
    for (std::size_t i = 0; i < text.size(); ++i) {
      const auto byte = static_cast<unsigned char>(text[i]);
      if (byte >= 0x20 && byte != '"' && byte != '\\') continue;
      out_.append(text, plain, i - plain);
      plain = i + 1;
      if (byte >= 0x20) {
        out_ += '\\';
        out_ += text[i];
      } else {
        out_ += "\\u00";
        append_hex(out_, byte);
      }
    }
    out_.append(text, plain);
  }

  std::string& out_;
  bool needs_comma_ = false;
};

// The JSON of whatever `write(writer)` writes.
template <class Write>
[[nodiscard]] std::string json_of(Write write) {
  std::string out;
  JsonWriter writer{out};
  write(writer);
  return out;
}

}  // namespace usher
