// Settings: any text is refused with errors that say what is wrong and where, or gives values that
// are all within their limits and that can be written down and read again.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "config/settings.hpp"

namespace {

using namespace usher;

void demand(bool promise) {
  if (!promise) std::abort();
}

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

bool is_within(const Setting& setting, std::int64_t value) {
  if (setting.unit == Unit::duration_or_none && value == 0) return true;
  return value >= setting.min && value <= setting.max;
}

bool is_accepted(const Setting& setting, const std::string& text) {
  if (!setting.choices.empty())
    return std::find(setting.choices.begin(), setting.choices.end(), text) != setting.choices.end();
  return setting.is_valid == nullptr || setting.is_valid(text);
}

void check_values(Config config) {
  for (const Setting& setting : settings())
    std::visit(
        Overloaded{
            [](bool& (*)(Config&)) {},
            [&](std::size_t& (*field)(Config&)) {
              demand(is_within(setting, static_cast<std::int64_t>(field(config))));
            },
            [&](std::int64_t& (*field)(Config&)) { demand(is_within(setting, field(config))); },
            [&](std::string& (*field)(Config&)) { demand(is_accepted(setting, field(config))); },
            [&](std::vector<std::string>& (*field)(Config&)) {
              for (const auto& item : field(config)) demand(is_accepted(setting, item));
            },
        },
        setting.field);
}

void check_errors(const std::vector<ConfigError>& errors) {
  demand(!errors.empty());
  for (const auto& error : errors) {
    demand(!error.where.empty() && !error.allowed.empty());
    demand(to_text(error).find(error.key) != std::string::npos);
  }
}

void check_file(std::string_view text) {
  const auto config = parse_config(text, "fuzz.toml");
  if (!config) return check_errors(config.error());
  check_values(*config);
  demand(check(*config).empty());
  const auto written = render_toml(*config);
  const auto again = parse_config(written, "written.toml");
  demand(again && render_toml(*again) == written);
}

void check_override(std::string_view text) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos) return;
  Config config;
  const Override change{"--set", std::string{text.substr(0, equals)},
                        std::string{text.substr(equals + 1)}};
  static const auto before = render_toml(Config{});
  const auto applied = apply_override(config, change);
  if (applied) return check_values(config);
  check_errors({applied.error()});
  demand(render_toml(config) == before);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  check_file(text);
  check_override(text);
  return 0;
}
