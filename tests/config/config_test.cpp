#include "config/config.hpp"

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

using namespace usher;

namespace {

// The only error of this text, as its reader sees it.
std::string complaint(std::string_view toml, std::vector<Override> overrides = {}) {
  const Loaded loaded = parse_config(toml, "usher.toml", overrides);
  return loaded ? "accepted" : to_text(loaded.error());
}

Config parsed(std::string_view toml, std::vector<Override> overrides = {}) {
  const Loaded loaded = parse_config(toml, "usher.toml", overrides);
  INFO(complaint(toml, overrides));
  REQUIRE(loaded);
  return *loaded;
}

Secrets secrets_of(std::map<std::string, std::string> environment) {
  return secrets_from([&](const char* variable) -> const char* {
    const auto found = environment.find(variable);
    return found == environment.end() ? nullptr : found->second.c_str();
  });
}

// Strict enough for --production, but for what a test changes.
Config production_config() {
  return parsed("[auth]\ncookie_secure = true\n[payments]\ngateway = \"stripe\"\n");
}
const std::map<std::string, std::string> production_environment = {
    {"JWT_KEY", std::string(32, 'k')}, {"STRIPE_KEY", "sk_test"}};

}  // namespace

TEST_CASE("an empty file gives the defaults") {
  const Config config = parsed("");
  CHECK(config.server.listen == "127.0.0.1:3000");
  CHECK(config.limits.connections_max == 20'000);
  CHECK(config.orders.lifetime_ms == 900'000);
  CHECK(config.auth.token_ttl_ms == 2'592'000'000);
  CHECK(config.payments.gateway == "sandbox");
}

TEST_CASE("each kind of value can be set") {
  const Config config = parsed(R"(
    [server]
    listen = "[::1]:8080"
    trusted_proxies = ["10.0.0.0/8", "::1"]
    [limits]
    connections_max = 1_000
    body_bytes_max = "64KiB"
    head_bytes_max = 16384
    head_time_max = "2s"
    [auth]
    cookie_secure = true
    token_ttl = "none"
    [log]
    level = "debug"
  )");
  CHECK(config.server.listen == "[::1]:8080");
  CHECK(config.server.trusted_proxies == std::vector<std::string>{"10.0.0.0/8", "::1"});
  CHECK(config.limits.connections_max == 1'000);
  CHECK(config.limits.body_bytes_max == 65'536);
  CHECK(config.limits.head_bytes_max == 16'384);
  CHECK(config.limits.head_time_ms_max == 2'000);
  CHECK(config.auth.cookie_secure);
  CHECK(config.auth.token_ttl_ms == 0);
  CHECK(config.log.level == "debug");
}

TEST_CASE("an unknown key is an error that names it, its line, and the key that was meant") {
  CHECK(complaint("[limits]\nbody_byte_max = \"1MiB\"") ==
        "usher.toml:2: limits.body_byte_max = '1MiB': there is no such setting; did you mean "
        "limits.body_bytes_max?");
  CHECK(complaint("[server]\nlifetime = \"1m\"") ==
        "usher.toml:2: server.lifetime = '1m': there is no such setting; did you mean "
        "orders.lifetime?");
  CHECK(complaint("[order]\nlifetime = \"1m\"") ==
        "usher.toml:2: order.lifetime = '1m': there is no such setting; did you mean "
        "orders.lifetime?");
  CHECK(complaint("colour = 3") == "usher.toml:1: colour = 3: there is no such setting");
  CHECK(complaint("[colours]") == "usher.toml:1: colours: there is no such section");
  CHECK(complaint("[log.level]\nx = 1").find("log.level") != std::string::npos);
}

TEST_CASE("a secret in the file is an unknown key") {
  CHECK(complaint("JWT_KEY = \"hush\"").find("there is no such setting") != std::string::npos);
}

TEST_CASE("an impossible value is an error that names key, value and what is allowed") {
  CHECK(complaint("[limits]\nconnections_max = 0") ==
        "usher.toml:2: limits.connections_max = 0: allowed: a whole number from 1 to 1000000");
  CHECK(complaint("[limits]\nbody_bytes_max = \"65MiB\"") ==
        "usher.toml:2: limits.body_bytes_max = '65MiB': allowed: a size from 1KiB to 64MiB");
  CHECK(complaint("[orders]\nlifetime = \"15 minutes\"") ==
        "usher.toml:2: orders.lifetime = '15 minutes': allowed: a duration from 100ms to 30d");
  CHECK(complaint("[payments]\ngateway = \"paypal\"") ==
        "usher.toml:2: payments.gateway = 'paypal': allowed: sandbox or stripe");
  CHECK(complaint("[auth]\ncookie_samesite = \"none\"") ==
        "usher.toml:2: auth.cookie_samesite = 'none': allowed: lax, strict or off");
}

TEST_CASE("the smallest and the largest value are allowed, one beyond is not") {
  CHECK(parsed("[limits]\nconnections_max = 1").limits.connections_max == 1);
  CHECK(parsed("[limits]\nconnections_max = 1000000").limits.connections_max == 1'000'000);
  CHECK(complaint("[limits]\nconnections_max = 1000001") != "accepted");
  CHECK(complaint("[limits]\nconnections_max = -1") != "accepted");
  CHECK(parsed("[orders]\nlifetime = \"100ms\"").orders.lifetime_ms == 100);
  CHECK(complaint("[orders]\nlifetime = \"99ms\"") != "accepted");
}

TEST_CASE("a value of another kind is refused, not converted") {
  for (const std::string& wrong : std::vector<std::string>{
           "[limits]\nconnections_max = \"20000\"",
           "[limits]\nconnections_max = 1.0",
           "[limits]\nconnections_max = true",
           "[auth]\ncookie_secure = 1",
           "[auth]\ncookie_secure = \"true\"",
           "[orders]\nlifetime = 900000",  // of what unit?
           "[server]\nlisten = 3000",
           "[server]\ntrusted_proxies = \"10.0.0.1\"",
           "[server]\ntrusted_proxies = [1]",
           "[web]\nfolder = 1979-05-27",
           "server = 3",
       }) {
    CAPTURE(wrong);
    CHECK(complaint(wrong) != "accepted");
  }
}

TEST_CASE("addresses, networks, names and URLs are checked before anything starts") {
  for (const std::string& wrong : std::vector<std::string>{
           "[server]\nlisten = \"3000\"",
           "[server]\nlisten = \"127.0.0.1\"",
           "[server]\nlisten = \"127.0.0.1:65536\"",
           "[server]\nlisten = \"::1:3000\"",
           "[server]\nlisten = \"a b:1\"",
           "[server]\ntrusted_proxies = [\"10.0.0.0/33\"]",
           "[server]\ntrusted_proxies = [\"localhost\"]",
           "[auth]\ncookie_name = \"a=b\"",
           "[auth]\ncookie_name = \"\"",
           "[payments]\ncurrency = \"USD\"",
           "[payments]\ncurrency = \"abc\"",
           "[payments]\ncurrency = \"clf\"",
           "[payments]\nstripe_base_url = \"api.stripe.com\"",
           "[payments]\nstripe_base_url = \"https://api.stripe.com/v1\"",
           "[payments]\nstripe_publishable_key = \"sk_live_secret\"",
           "[payments]\nstripe_publishable_key = \"pk_live<script>\"",
           "[tls]\ncert = \"a\\nb\"\nkey = \"c\"",
       }) {
    CAPTURE(wrong);
    CHECK(complaint(wrong) != "accepted");
  }
  CHECK(parsed("[server]\nlisten = \"localhost:0\"").server.listen == "localhost:0");
  CHECK(parsed("[payments]\nstripe_base_url = \"http://127.0.0.1:9\"").payments.stripe_base_url ==
        "http://127.0.0.1:9");
  CHECK(parsed("[payments]\nstripe_publishable_key = \"pk_test_1aB\"")
            .payments.stripe_publishable_key == "pk_test_1aB");
}

TEST_CASE("every mistake is reported, not only the first") {
  const Loaded loaded =
      parse_config("[limits]\nconnections_max = 0\n[log]\nlevl = \"info\"", "f",
                   std::vector<Override>{{"--order-ttl", "orders.lifetime", "x"}});
  REQUIRE_FALSE(loaded);
  REQUIRE(loaded.error().size() == 3);
  CHECK(loaded.error()[0].key == "limits.connections_max");
  CHECK(loaded.error()[1].key == "log.levl");
  CHECK(loaded.error()[2].where == "--order-ttl");
}

TEST_CASE("broken TOML says on which line") {
  const Loaded loaded = parse_config("[limits]\nconnections_max = = 3", "usher.toml");
  REQUIRE_FALSE(loaded);
  CHECK(loaded.error().front().where == "usher.toml:2");
  CHECK_FALSE(loaded.error().front().allowed.empty());
  CHECK(complaint("[log]\nlevel = \"info\"\nlevel = \"warn\"") != "accepted");
}

TEST_CASE("a file that is not there is an error that names it") {
  const Loaded loaded = load_config("no/such/usher.toml");
  REQUIRE_FALSE(loaded);
  CHECK(to_text(loaded.error()) == "no/such/usher.toml: No such file or directory");
}

TEST_CASE("a flag is stronger than the file") {
  const Config config =
      parsed("[orders]\nlifetime = \"1m\"", {{"--order-ttl", "orders.lifetime", "2s"},
                                             {"--listen", "server.listen", "127.0.0.1:0"},
                                             {"--set", "auth.cookie_secure", "true"},
                                             {"--set", "limits.body_bytes_max", "4096"},
                                             {"--set", "limits.streams_max", "7"},
                                             {"--set", "server.trusted_proxies", "::1,10.0.0.1"}});
  CHECK(config.orders.lifetime_ms == 2'000);
  CHECK(config.server.listen == "127.0.0.1:0");
  CHECK(config.auth.cookie_secure);
  CHECK(config.limits.body_bytes_max == 4'096);
  CHECK(config.limits.streams_max == 7);
  CHECK(config.server.trusted_proxies == std::vector<std::string>{"::1", "10.0.0.1"});
}

TEST_CASE("a wrong flag is an error that names the flag, and changes nothing") {
  Config config;
  const auto refused = apply_override(config, {"--order-ttl", "orders.lifetime", "soon"});
  REQUIRE_FALSE(refused);
  CHECK(to_text(refused.error()) ==
        "--order-ttl: orders.lifetime = \"soon\": allowed: a duration from 100ms to 30d");
  CHECK(config.orders.lifetime_ms == Config{}.orders.lifetime_ms);
  CHECK_FALSE(apply_override(config, {"--set", "orders.lifetimes", "1m"}));
  CHECK_FALSE(apply_override(config, {"--set", "auth.cookie_secure", "yes"}));
  CHECK_FALSE(apply_override(config, {"--set", "limits.streams_max", "7 "}));
}

TEST_CASE("rules over two settings hold for the file and the flags together") {
  CHECK(complaint("[tls]\ncert = \"a.pem\"").find("both, or neither") != std::string::npos);
  CHECK(complaint("[tls]\ncert = \"a.pem\"", {{"--tls-key", "tls.key", "b.pem"}}) == "accepted");
  CHECK(complaint("[accounts]\npassword_length_min = 21") ==
        "settings: accounts.password_length_min = 21: at most accounts.password_length_max");
  CHECK(complaint("[accounts]\npassword_length_min = 20") == "accepted");
  CHECK(complaint("[accounts]\nscrypt_n = 16383") != "accepted");
  CHECK(complaint("[accounts]\nscrypt_n = 1048576") == "accepted");
  CHECK(complaint("[accounts]\nscrypt_n = 65536\nscrypt_r = 1") != "accepted");
  CHECK(complaint("[accounts]\nscrypt_n = 32768\nscrypt_r = 1") == "accepted");
  CHECK(complaint("[accounts]\nscrypt_n = 1048576\nscrypt_r = 9") != "accepted");
  CHECK(complaint("[payments]\nsettle_retry_min = \"2m\"") != "accepted");
  CHECK(complaint("[payments]\ngateway = \"stripe\"\nstripe_timeout = \"99s\"") == "accepted");
  CHECK(complaint("[payments]\ngateway = \"stripe\"\nstripe_timeout = \"100s\"") ==
        "settings: payments.stripe_timeout = \"100s\": so short that 3 attempts, and a second for "
        "the "
        "pauses, fit into actors.job_time_max");
  CHECK(complaint("[payments]\nstripe_timeout = \"100s\"") == "accepted");  // not asked
  CHECK(complaint("[readers]\npage_limit_default = 201") != "accepted");
  CHECK(complaint("[limits]\nhead_bytes_max = \"4KiB\"") != "accepted");
}

TEST_CASE("secrets come from the environment; an empty one is absent") {
  const Secrets secrets = secrets_of({{"JWT_KEY", "k"}, {"STRIPE_KEY", ""}});
  CHECK(secrets.jwt_key == "k");
  CHECK_FALSE(secrets.stripe_key);
  CHECK_FALSE(secrets.operator_token);
}

TEST_CASE("development needs no secret, the stripe gateway needs its key") {
  CHECK(check_secrets(Config{}, {}, /*production=*/false).empty());
  Config config;
  config.payments.gateway = "stripe";
  const auto errors = check_secrets(config, {}, false);
  REQUIRE(errors.size() == 1);
  CHECK(errors.front().key == "STRIPE_KEY");
}

TEST_CASE("--production refuses to start without a JWT_KEY, or with a short one") {
  auto environment = production_environment;
  CHECK(check_secrets(production_config(), secrets_of(environment), true).empty());

  environment["JWT_KEY"] = std::string(31, 'k');
  auto errors = check_secrets(production_config(), secrets_of(environment), true);
  REQUIRE(errors.size() == 1);
  CHECK(errors.front().key == "JWT_KEY");
  CHECK(to_text(errors).find("kkk") == std::string::npos);  // no secret in a message

  environment.erase("JWT_KEY");
  errors = check_secrets(production_config(), secrets_of(environment), true);
  REQUIRE(errors.size() == 1);
  CHECK(errors.front().key == "JWT_KEY");
}

TEST_CASE("--production refuses what only suits a laptop") {
  const Secrets secrets = secrets_of(production_environment);
  const auto refused_key = [&](auto change) {
    Config config = production_config();
    change(config);
    const auto errors = check_secrets(config, secrets, true);
    REQUIRE(errors.size() == 1);
    return errors.front().key;
  };
  CHECK(refused_key([](Config& c) { c.auth.cookie_secure = false; }) == "auth.cookie_secure");
  CHECK(refused_key([](Config& c) { c.auth.token_ttl_ms = 0; }) == "auth.token_ttl");
  CHECK(refused_key([](Config& c) { c.payments.gateway = "sandbox"; }) == "payments.gateway");
  CHECK(refused_key([](Config& c) { c.payments.stripe_base_url = "http://127.0.0.1"; }) ==
        "payments.stripe_base_url");
}

TEST_CASE(
    "characters other than ASCII stand in comments and texts only: toml++ 3.3 trips on them") {
  const std::string refusal =
      "characters other than ASCII may stand in comments and in texts of one line only";
  for (const std::string text :
       {"[log]\nlevel = \"info\" \u00a7", "[log]\n\u00e9 = 1", "[log]\nlevel = 1.\u054d",
        "[web]\nfolder = \"\"\"\\\n\u00a7\"\"\"", "# ok\n[web]\u00a7",
        "[web] # '\nfolder = \"\\\"\" \u00e9\n"}) {
    CAPTURE(text);
    const auto refused = complaint(text);
    CHECK(refused.find(refusal) != std::string::npos);
  }
  CHECK(complaint("# one\n\n\u00e9") == "usher.toml:3: " + refusal);
  CHECK(parsed("# caf\u00e9 \"\n[web]\nfolder = \"/srv/jos\u00e9\" # \u00e9\n").web.folder ==
        "/srv/jos\u00e9");
  CHECK(parsed("[web]\nfolder = '/srv/jos\u00e9'\n").web.folder == "/srv/jos\u00e9");
  CHECK(parsed("\xef\xbb\xbf[log]\nlevel = \"warn\"\n").log.level == "warn");
}

TEST_CASE("a file of a megabyte that goes as deep as it can is an error, not a crash") {
  const std::size_t size = 1 << 20;
  std::string dotted, arrays, tables, dotted_table = "[a";
  while (dotted.size() < size) dotted += "a.";
  while (arrays.size() < size) arrays += '[';
  while (tables.size() < size) tables += "{a=";
  while (dotted_table.size() < size) dotted_table += ".a";
  for (const std::string& text : {dotted + "a=1", "a=" + arrays, "a=" + tables, dotted_table + "]"})
    CHECK_FALSE(parse_config(text, "deep.toml").has_value());
}
