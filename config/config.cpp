#include "config/config.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <utility>

#include "config/settings.hpp"

// Errors are values here as well: parse() returns its error. Only this file sees the library.
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

namespace usher {
namespace {

constexpr std::size_t file_bytes_max = 1 << 20;
constexpr std::size_t scrypt_bytes_max = 1 << 30;     // the password workers allow a little more
constexpr std::size_t jwt_key_bytes_min = 32;         // HS256: as long as its hash
constexpr std::size_t operator_token_bytes_min = 16;  // too long to guess over a network

using Errors = std::vector<ConfigError>;

std::string join(std::string_view prefix, std::string_view name) {
  return prefix.empty() ? std::string{name} : std::string{prefix} + "." + std::string{name};
}

std::string did_you_mean(std::string_view key) {
  const std::string nearest = nearest_key(key);
  return "there is no such setting" +
         (nearest.empty() ? std::string{} : "; did you mean " + nearest + "?");
}

std::optional<RawValue> raw_value(const toml::node& node) {
  if (const auto flag = node.value_exact<bool>()) return *flag;
  if (const auto number = node.value_exact<std::int64_t>()) return *number;
  if (const auto text = node.value_exact<std::string>()) return *text;
  if (const toml::array* items = node.as_array()) {
    std::vector<std::string> texts;
    for (const toml::node& item : *items) {
      const auto text = item.value_exact<std::string>();
      if (!text) return std::nullopt;
      texts.push_back(*text);
    }
    return texts;
  }
  return std::nullopt;  // a float, a date, a table
}

std::string as_written(const toml::node& node) {
  std::ostringstream out;
  node.visit([&](const auto& value) { out << value; });
  return out.str();
}

// Walks the file; `prefix` is the section's name.
void read_table(const toml::table& table, std::string_view prefix, std::string_view name,
                Config& config, Errors& errors) {
  for (const auto& [key_node, node] : table) {
    const std::string key = join(prefix, key_node.str());
    const std::string where =
        std::string{name} + ":" + std::to_string(key_node.source().begin.line);
    if (const Setting* setting = find_setting(key)) {
      const std::optional<RawValue> value = raw_value(node);
      if (!value || !assign(config, *setting, *value))
        errors.push_back({where, key, as_written(node), "allowed: " + setting->allowed()});
    } else if (const toml::table* section = node.as_table(); section && prefix.empty()) {
      bool is_known = false;
      for (const Setting& each : settings()) is_known = is_known || each.section == key;
      if (is_known || !section->empty())
        read_table(*section, key, name, config, errors);  // names each unknown key within
      else
        errors.push_back({where, key, "", "there is no such section"});
    } else {
      errors.push_back({where, key, as_written(node), did_you_mean(key)});
    }
  }
}

struct Refused {
  std::size_t line;
  std::string_view why;
};

// What toml++ 3.3 must not see. Characters that are not ASCII are undefined behaviour in it where
// TOML allows no such (marzer/tomlplusplus#190): outside of comments and quoted texts, and in texts
// of several lines. A key of very many parts is taken apart by recursion until the stack ends.
std::optional<Refused> refuse_before_parsing(std::string_view toml) {
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  constexpr std::size_t dots_max = 16;  // of one line, outside of texts; a key has one
  if (toml.starts_with(byte_order_mark)) toml.remove_prefix(byte_order_mark.size());
  const bool has_long_texts =
      toml.find("\"\"\"") != std::string_view::npos || toml.find("'''") != std::string_view::npos;
  std::size_t line = 1, dots = 0;
  char inside = 0;  // a quote, or # for a comment; 0: neither
  for (std::size_t i = 0; i < toml.size(); ++i) {
    const char c = toml[i];
    const bool is_ascii = static_cast<unsigned char>(c) < 0x80;
    if (!is_ascii && (inside == 0 || has_long_texts) && inside != '#')
      return Refused{
          line, "characters other than ASCII may stand in comments and in texts of one line only"};
    dots += c == '.' && (inside == 0 || has_long_texts) ? 1 : 0;
    if (dots > dots_max) return Refused{line, "a setting is section.name: too many dots"};
    if (c == '\n') {
      ++line;
      dots = 0;
      inside = 0;
    } else if (inside == 0 && (c == '"' || c == '\'' || c == '#')) {
      inside = c;
    } else if (inside == '"' && c == '\\') {
      if (i + 1 < toml.size() && toml[i + 1] == '"') ++i;
    } else if (inside == c && c != '#') {
      inside = 0;
    }
  }
  return std::nullopt;
}

void require(Errors& errors, bool holds, std::string key, std::string value, std::string allowed) {
  if (!holds) errors.push_back({"settings", std::move(key), std::move(value), std::move(allowed)});
}

std::string value_of(const Config& config, std::string_view key) {
  return toml_value(*find_setting(key), config);
}

}  // namespace

std::string to_text(const ConfigError& error) {
  std::string text = error.where;
  if (!error.key.empty()) text += ": " + error.key;
  if (!error.value.empty()) text += " = " + error.value;
  return text + ": " + error.allowed;
}

std::string to_text(std::span<const ConfigError> errors) {
  std::string text;
  for (const ConfigError& error : errors) text += (text.empty() ? "" : "\n") + to_text(error);
  return text;
}

tl::expected<void, ConfigError> apply_override(Config& config, const Override& change) {
  const Setting* setting = find_setting(change.key);
  if (!setting)
    return tl::unexpected{
        ConfigError{change.flag, change.key, change.text, did_you_mean(change.key)}};
  if (!assign(config, *setting, raw_from_text(*setting, change.text)))
    return tl::unexpected{ConfigError{change.flag, change.key, '"' + change.text + '"',
                                      "allowed: " + setting->allowed()}};
  return {};
}

Loaded parse_config(std::string_view toml, std::string_view name,
                    std::span<const Override> overrides) {
  if (const auto refused = refuse_before_parsing(toml))
    return tl::unexpected{Errors{{std::string{name} + ":" + std::to_string(refused->line), "", "",
                                  std::string{refused->why}}}};
  const toml::parse_result parsed = toml::parse(toml, name);
  if (!parsed) {
    const toml::parse_error& error = parsed.error();
    const std::string where = std::string{name} + ":" + std::to_string(error.source().begin.line);
    return tl::unexpected{Errors{{where, "", "", std::string{error.description()}}}};
  }
  Config config;
  Errors errors;
  read_table(parsed.table(), "", name, config, errors);
  for (const Override& change : overrides)
    if (const auto applied = apply_override(config, change); !applied)
      errors.push_back(applied.error());
  // Only then: a rule over two settings means nothing while one of them is not understood.
  if (errors.empty()) errors = check(config);
  if (!errors.empty()) return tl::unexpected{std::move(errors)};
  return config;
}

Loaded load_config(const std::filesystem::path& file, std::span<const Override> overrides) {
  const auto unreadable = [&](std::string why) {
    return tl::unexpected{Errors{{file.string(), "", "", std::move(why)}}};
  };
  std::error_code error;
  const auto size = std::filesystem::file_size(file, error);
  if (error) return unreadable(error.message());
  if (size > file_bytes_max) return unreadable("larger than 1MiB: not a settings file");
  std::ifstream in{file, std::ios::binary};
  std::ostringstream content;
  content << in.rdbuf();
  if (!in) return unreadable("cannot be read");
  return parse_config(content.str(), file.string(), overrides);
}

Errors check(const Config& config) {
  Errors errors;
  const auto must = [&](bool holds, std::string_view key, std::string allowed) {
    require(errors, holds, std::string{key}, value_of(config, key), std::move(allowed));
  };
  must(config.tls.cert.empty() == config.tls.key.empty(), "tls.cert",
       "tls.cert and tls.key are given both, or neither");
  must(config.accounts.password_length_min <= config.accounts.password_length_max,
       "accounts.password_length_min", "at most accounts.password_length_max");
  const std::size_t n = config.accounts.scrypt_n;
  must((n & (n - 1)) == 0, "accounts.scrypt_n", "a power of two, such as 16384");
  must(n * config.accounts.scrypt_r <= scrypt_bytes_max / 128, "accounts.scrypt_n",
       "128 * scrypt_n * scrypt_r may be 1GiB at most: so much memory takes each password");
  // RFC 7914: n < 2^(16 r).
  must(config.accounts.scrypt_r > 1 || n < 65'536, "accounts.scrypt_n",
       "less than 65536 while accounts.scrypt_r is 1");
  // One that is given up before it is through may charge when nobody waits for it any more.
  constexpr std::int64_t pauses_ms = 1'000;
  must(config.payments.gateway != "stripe" ||
           stripe_attempts_max * config.payments.stripe_timeout_ms + pauses_ms <=
               config.actors.job_time_ms_max,
       "payments.stripe_timeout",
       "so short that " + std::to_string(stripe_attempts_max) +
           " attempts, and a second for the pauses, fit into actors.job_time_max");
  must(config.payments.settle_retry_ms_min <= config.payments.settle_retry_ms_max,
       "payments.settle_retry_min", "at most payments.settle_retry_max");
  must(config.readers.page_limit_default <= config.readers.page_limit_max,
       "readers.page_limit_default", "at most readers.page_limit_max");
  must(config.limits.request_line_bytes_max <= config.limits.head_bytes_max,
       "limits.request_line_bytes_max", "at most limits.head_bytes_max");
  return errors;
}

Secrets secrets_from(const std::function<const char*(const char*)>& lookup) {
  const auto find = [&](const char* variable) -> std::optional<std::string> {
    const char* value = lookup(variable);
    if (!value || *value == '\0') return std::nullopt;
    return value;
  };
  return {find("JWT_KEY"), find("STRIPE_KEY"), find("USHER_OPERATOR_TOKEN")};
}

Secrets secrets_from_environment() {
  return secrets_from([](const char* variable) -> const char* { return std::getenv(variable); });
}

Errors check_secrets(const Config& config, const Secrets& secrets, bool production) {
  Errors errors;
  const auto variable = [&](bool holds, std::string name, std::string allowed) {
    if (!holds) errors.push_back({"environment", std::move(name), "", std::move(allowed)});
  };
  const auto setting = [&](bool holds, std::string_view key, std::string allowed) {
    if (!holds)
      errors.push_back(
          {"--production", std::string{key}, value_of(config, key), std::move(allowed)});
  };
  variable(config.payments.gateway != "stripe" || secrets.stripe_key, "STRIPE_KEY",
           "must be set: payments.gateway is stripe");
  if (!production) return errors;

  if (!secrets.jwt_key)
    variable(false, "JWT_KEY", "must be set: with --production no development key is made");
  else
    variable(secrets.jwt_key->size() >= jwt_key_bytes_min, "JWT_KEY",
             "must have 32 bytes or more, such as the output of `openssl rand -hex 32`");
  variable(!secrets.operator_token || secrets.operator_token->size() >= operator_token_bytes_min,
           "USHER_OPERATOR_TOKEN", "must have 16 bytes or more");
  setting(config.auth.cookie_secure, "auth.cookie_secure",
          "must be true: sessions would cross the network in the clear");
  setting(config.auth.token_ttl_ms > 0, "auth.token_ttl",
          "must not be none: a stolen session would last for ever");
  setting(config.payments.gateway != "sandbox", "payments.gateway",
          "must not be sandbox: it takes no money");
  setting(config.payments.gateway == "sandbox" ||
              config.payments.stripe_base_url.starts_with("https://"),
          "payments.stripe_base_url", "must be https: it carries STRIPE_KEY");
  return errors;
}

}  // namespace usher
