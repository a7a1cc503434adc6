// The table of all settings: one row each. The loader checks values by it, the tests check
// config/usher.toml by it, and render_toml() writes that file from it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/config.hpp"

namespace usher {

enum class Unit : std::uint8_t {
  flag,              // true, false
  count,             // a whole number
  bytes,             // "64KiB", or a whole number of bytes
  duration,          // "15m"
  duration_or_none,  // "15m", or "none" (0)
  text,
  list,  // of text
};

// Where in a Config the value is.
using Field =
    std::variant<bool& (*)(Config&), std::size_t& (*)(Config&), std::int64_t& (*)(Config&),
                 std::string& (*)(Config&), std::vector<std::string>& (*)(Config&)>;

struct Setting {
  std::string section;  // "limits"
  std::string name;     // "body_bytes_max"
  Field field;
  Unit unit = Unit::count;
  std::int64_t min = 0;  // numbers: in the field's own unit, both inclusive
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
  std::vector<std::string_view> choices;  // text: only these; empty: any that is_valid accepts
  bool (*is_valid)(std::string_view) = nullptr;  // text and each item of a list
  std::string_view form;                         // text: what is_valid accepts, in words
  std::string_view why;

  [[nodiscard]] std::string key() const { return section + "." + name; }
  // What may be written here, in words: "a size from 1KiB to 64MiB, such as 256KiB".
  [[nodiscard]] std::string allowed() const;
};

// In the order of config/usher.toml.
[[nodiscard]] const std::vector<Setting>& settings();
[[nodiscard]] const Setting* find_setting(std::string_view key);
// The key that was probably meant; empty when none is near.
[[nodiscard]] std::string nearest_key(std::string_view wrong);

// A value as it came out of a file or off the command line, before it is checked.
using RawValue = std::variant<bool, std::int64_t, std::string, std::vector<std::string>>;
// False: not allowed, and `config` is as before.
[[nodiscard]] bool assign(Config& config, const Setting& setting, const RawValue& value);
// Command line text in the setting's own kind: "64" is a number for a count, a text for a text.
[[nodiscard]] RawValue raw_from_text(const Setting& setting, const std::string& text);
// The value of this setting as TOML writes it.
[[nodiscard]] std::string toml_value(const Setting& setting, const Config& config);

// The whole file: every setting with its value, what is allowed, and why it is there.
[[nodiscard]] std::string render_toml(const Config& config);

}  // namespace usher
