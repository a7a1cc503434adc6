// The files in config/ say what the code does.
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include "config/config.hpp"
#include "config/settings.hpp"

using namespace usher;

namespace {

const std::string folder = std::string{USHER_SOURCE_DIR} + "/config/";

std::string content(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream{path, std::ios::binary}.rdbuf();
  return out.str();
}

Config load(const std::string& name) {
  const Loaded loaded = load_config(folder + name);
  INFO((loaded ? std::string{} : to_text(loaded.error())));
  REQUIRE(loaded);
  return *loaded;
}

// The settings that differ from the defaults.
std::set<std::string> changed_in(const Config& config) {
  std::set<std::string> keys;
  for (const Setting& setting : settings())
    if (toml_value(setting, config) != toml_value(setting, Config{})) keys.insert(setting.key());
  return keys;
}

}  // namespace

TEST_CASE("config/usher.toml is what the table renders") {
  const std::string rendered = render_toml(Config{});
  // USHER_WRITE_CONFIG=1 config_tests: the way to bring the file up to date.
  if (std::getenv("USHER_WRITE_CONFIG")) std::ofstream{folder + "usher.toml"} << rendered;
  const bool is_up_to_date = content(folder + "usher.toml") == rendered;
  INFO("run USHER_WRITE_CONFIG=1 build/<preset>/tests/config_tests and commit config/usher.toml");
  CHECK(is_up_to_date);
}

TEST_CASE("config/usher.toml lists every setting with its default") {
  const std::string file = content(folder + "usher.toml");
  for (const Setting& setting : settings()) {
    CAPTURE(setting.key());
    const std::string line = "\n" + setting.name + " = " + toml_value(setting, Config{}) + "\n";
    CHECK(file.find(line) != std::string::npos);
  }
  CHECK(changed_in(load("usher.toml")).empty());
}

TEST_CASE("every setting has a reason, a range that holds its default, and a key of its own") {
  std::set<std::string> keys;
  for (const Setting& setting : settings()) {
    CAPTURE(setting.key());
    CHECK(keys.insert(setting.key()).second);
    CHECK(setting.why.size() > 10);
    CHECK(setting.min <= setting.max);
    CHECK_FALSE(setting.allowed().empty());
  }
  CHECK(check(Config{}).empty());
}

// Decisions are left alone: they may name what was taken back.
TEST_CASE("a setting that a document names is there") {
  std::set<std::string> sections;
  for (const Setting& setting : settings()) sections.insert(setting.section);
  std::set<std::string> documents{folder + "../README.md"};
  for (const auto& entry : std::filesystem::directory_iterator{folder + "../docs"})
    if (entry.path().extension() == ".md") documents.insert(entry.path().string());
  const std::regex key{R"(`(?:--set )?(\w+)\.(\w+))"};
  int named = 0;
  for (const std::string& document : documents) {
    const std::string text = content(document);
    for (std::sregex_iterator it{text.begin(), text.end(), key}, end; it != end; ++it) {
      if (!sections.contains(it->str(1))) continue;
      CAPTURE(document);
      CAPTURE(it->str());
      CHECK(find_setting(it->str(1) + "." + it->str(2)) != nullptr);
      ++named;
    }
  }
  CHECK(named > 20);
}

TEST_CASE("what the table renders of any config is read back as that config") {
  Config config;
  config.server.trusted_proxies = {"10.0.0.0/8", "::1"};
  config.web.folder = "a \"quoted\" \\ path";
  config.limits.body_bytes_max = 1'025;
  config.orders.lifetime_ms = 1'234;
  config.auth.token_ttl_ms = 0;
  config.log.access = false;
  const Loaded loaded = parse_config(render_toml(config), "rendered");
  INFO((loaded ? std::string{} : to_text(loaded.error())));
  REQUIRE(loaded);
  CHECK(render_toml(*loaded) == render_toml(config));
  CHECK(loaded->web.folder == config.web.folder);
  CHECK(loaded->limits.body_bytes_max == 1'025);
}

TEST_CASE("the course profile answers as the original: bare cookie, tokens without end") {
  const Config course = load("course.toml");
  CHECK(course.auth.token_ttl_ms == 0);
  CHECK(course.auth.sign_out_delay_ms_max == 0);
  CHECK(Config{}.auth.sign_out_delay_ms_max == 5'000);
  CHECK_FALSE(course.auth.cookie_secure);
  CHECK(course.auth.cookie_samesite == "off");
  CHECK(course.auth.cookie_name == "express:sess");
  CHECK(course.accounts.password_length_min == 4);
  CHECK(course.accounts.password_length_max == 20);
  CHECK(course.orders.lifetime_ms == 900'000);
  CHECK(course.orders.live_per_buyer_max == 0);
  CHECK_FALSE(course.auth.check_origin);
  CHECK(course.rate.signin_failures_free == 0);
  CHECK_FALSE(course.api.strict);
  CHECK(Config{}.api.strict);
  CHECK(course.tickets.title_length_max >= 5'000);
  CHECK(course.tickets.price_minor_max == 9'007'199'254'740'991);
  CHECK(course.payments.amounts == "any");
}

TEST_CASE("the production profile passes --production, and has long passwords") {
  const Config production = load("production.toml");
  CHECK(production.accounts.password_length_min == 10);
  CHECK(production.accounts.password_length_max == 128);
  CHECK(production.auth.cookie_samesite == "lax");
  Secrets secrets;
  secrets.jwt_key = std::string(32, 'k');
  secrets.stripe_key = "sk_live";
  CHECK(check_secrets(production, secrets, /*production=*/true).empty());
  CHECK_FALSE(check_secrets(production, {}, true).empty());
}
