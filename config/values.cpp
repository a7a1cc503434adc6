// Raw values into fields and back (config/settings.hpp).
#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <utility>

#include "config/settings.hpp"
#include "config/units.hpp"

namespace usher {
namespace {

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;  // Clang 14 does not deduce it by itself

// The number that was written, in the field's own unit; nullopt when it isn't one.
std::optional<std::int64_t> number_in(const Setting& setting, const RawValue& value) {
  const auto* number = std::get_if<std::int64_t>(&value);
  const auto* text = std::get_if<std::string>(&value);
  switch (setting.unit) {
    case Unit::count:
      if (number) return *number;
      return std::nullopt;
    case Unit::bytes:
      if (number) return *number;
      return text ? parse_size_bytes(*text) : std::nullopt;
    case Unit::duration_or_none:
    case Unit::duration:  // a bare number would leave its unit to guessing
      return text ? parse_duration_ms(*text) : std::nullopt;
    default:
      return std::nullopt;
  }
}

bool accepts(const Setting& setting, const std::string& text) {
  if (!setting.choices.empty())
    return std::find(setting.choices.begin(), setting.choices.end(), text) != setting.choices.end();
  return setting.is_valid(text);
}

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

template <class Number>
std::string number_text(const Setting& setting, Number value) {
  const auto number = static_cast<std::int64_t>(value);
  switch (setting.unit) {
    case Unit::bytes:
      return in_quotes(size_text(number));
    case Unit::duration_or_none:
      return in_quotes(number == 0 ? "none" : duration_text(number));
    case Unit::duration:
      return in_quotes(duration_text(number));
    default:
      return std::to_string(number);
  }
}

// Edits (insert, drop, replace a character) that turn one text into the other.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

}  // namespace

bool assign(Config& config, const Setting& setting, const RawValue& value) {
  const bool is_none = setting.unit == Unit::duration_or_none &&
                       std::holds_alternative<std::string>(value) &&
                       std::get<std::string>(value) == "none";
  const auto set_number = [&](auto& field) {
    const std::optional<std::int64_t> number =
        is_none ? std::int64_t{0} : number_in(setting, value);
    if (!number || (!is_none && (*number < setting.min || *number > setting.max))) return false;
    field = static_cast<std::remove_reference_t<decltype(field)>>(*number);
    return true;
  };
  return std::visit(
      Overloaded{
          [&](bool& (*field)(Config&)) {
            const auto* flag = std::get_if<bool>(&value);
            if (flag) field(config) = *flag;
            return flag != nullptr;
          },
          [&](std::size_t& (*field)(Config&)) { return set_number(field(config)); },
          [&](std::int64_t& (*field)(Config&)) { return set_number(field(config)); },
          [&](std::string& (*field)(Config&)) {
            const auto* text = std::get_if<std::string>(&value);
            if (!text || !accepts(setting, *text)) return false;
            field(config) = *text;
            return true;
          },
          [&](std::vector<std::string>& (*field)(Config&)) {
            const auto* items = std::get_if<std::vector<std::string>>(&value);
            if (!items || !std::all_of(items->begin(), items->end(), [&](const std::string& item) {
                  return accepts(setting, item);
                }))
              return false;
            field(config) = *items;
            return true;
          },
      },
      setting.field);
}

RawValue raw_from_text(const Setting& setting, const std::string& text) {
  if (setting.unit == Unit::flag && (text == "true" || text == "false")) return text == "true";
  if (setting.unit == Unit::count || setting.unit == Unit::bytes) {
    std::int64_t number = 0;
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    if (error == std::errc{} && rest == end) return number;
  }
  if (setting.unit == Unit::list) {
    std::vector<std::string> items;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t comma = std::min(text.find(',', at), text.size());
      items.push_back(text.substr(at, comma - at));
      at = comma + 1;
    }
    return items;
  }
  return text;
}

std::string toml_value(const Setting& setting, const Config& config) {
  Config copy = config;  // the accessors are for writing, too
  return std::visit(
      Overloaded{
          [&](bool& (*field)(Config&)) -> std::string { return field(copy) ? "true" : "false"; },
          [&](std::size_t& (*field)(Config&)) { return number_text(setting, field(copy)); },
          [&](std::int64_t& (*field)(Config&)) { return number_text(setting, field(copy)); },
          [&](std::string& (*field)(Config&)) { return in_quotes(field(copy)); },
          [&](std::vector<std::string>& (*field)(Config&)) {
            std::string items;
            for (const std::string& item : field(copy))
              items += (items.empty() ? "" : ", ") + in_quotes(item);
            return "[" + items + "]";
          },
      },
      setting.field);
}

std::string nearest_key(std::string_view wrong) {
  const auto last_part = [](std::string_view key) { return key.substr(key.rfind('.') + 1); };
  std::string nearest;
  std::size_t fewest = wrong.size() / 3 + 1;  // more edits than this is another word
  for (const Setting& setting : settings()) {
    const std::string key = setting.key();
    // The right name in the wrong section counts as one edit.
    const std::size_t edits = last_part(wrong) == setting.name ? 1 : edit_distance(wrong, key);
    if (edits >= fewest) continue;
    fewest = edits;
    nearest = key;
  }
  return nearest;
}

std::string render_toml(const Config& config) {
  static const std::map<std::string_view, std::string_view> about = {
      {"server", "The process."},
      {"tls", "Both, or neither."},
      {"limits", "What clients may take. Past each: a clear answer, never a stall."},
      {"api", "Answers."},
      {"auth", "Sessions. The signing key comes from the environment: JWT_KEY."},
      {"accounts", "Passwords."},
      {"tickets", "What may be offered."},
      {"orders", "What may be held."},
      {"payments", "Who takes the money. Its key comes from the environment: STRIPE_KEY."},
      {"journal", "The data directory."},
      {"actors", "Aggregates and their shards."},
      {"readers", "Lists, histories and searches."},
      {"feed", "The events of GET /api/events."},
      {"web", "The page."},
      {"log", "What the node says about itself, on standard error."},
      {"backup", "Backups of the running node (`usher backup --node`)."},
      {"rate", "How often one client address may ask."},
  };
  std::string out =
      "# Usher's settings, each with its default. Leave out what you don't change.\n"
      "# Flags of `usher serve` are stronger than this file. Secrets are no settings: JWT_KEY,\n"
      "# STRIPE_KEY and USHER_OPERATOR_TOKEN come from the environment only.\n"
      "# Durations: 500ms, 10s, 15m, 1h, 30d. Sizes: 512B, 64KiB, 1MiB, 2GiB.\n"
      "# Written from config/settings.cpp; a test compares the two (CONTRIBUTING.md: a setting).\n";
  std::string_view section;
  for (const Setting& setting : settings()) {
    if (setting.section != section) {
      section = setting.section;
      out += "\n# " + std::string{about.at(section)} + "\n[" + std::string{section} + "]\n";
    }
    out += "# " + std::string{setting.why} + "\n#   " + setting.allowed() + "\n" + setting.name +
           " = " + toml_value(setting, config) + "\n";
  }
  return out;
}

}  // namespace usher
