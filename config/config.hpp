// The settings of one node as plain values, parsed and checked once at start.
// Defaults are the member initialisers below; config/settings.cpp holds one row per setting (key,
// unit, smallest and largest value, why), from which config/usher.toml is generated and by which
// every value is checked. A setting's key is its field's name without the unit "_ms" (durations
// are text with a unit): limits.head_time_ms_max is `head_time_max = "10s"` under [limits].
// Secrets are never settings: they come from the environment only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace usher {

struct ServerSettings {
  std::string listen = "127.0.0.1:3000";
  std::size_t io_threads = 0;  // 0: one per core
  std::vector<std::string> trusted_proxies;
  std::int64_t shutdown_time_ms = 10'000;
};

struct TlsSettings {
  std::string cert;  // empty: plain HTTP
  std::string key;
  [[nodiscard]] bool is_on() const { return !cert.empty(); }
};

struct LimitSettings {
  std::size_t connections_max = 20'000;
  std::size_t connections_per_client_max = 4'096;
  std::size_t requests_in_flight_max = 8'192;
  std::size_t requests_in_flight_per_client_max = 4'096;
  std::size_t streams_max = 15'000;
  std::size_t stream_buffer_bytes_max = 256 * 1024;
  std::int64_t head_time_ms_max = 10'000;
  std::int64_t body_time_ms_max = 30'000;
  std::int64_t idle_time_ms_max = 75'000;
  std::int64_t write_stall_time_ms_max = 30'000;
  std::int64_t handshake_time_ms_max = 10'000;
  std::size_t handshakes_max = 256;
  std::int64_t handshake_wait_time_ms_max = 15'000;
  std::size_t request_line_bytes_max = 8 * 1024;
  std::size_t head_bytes_max = 32 * 1024;
  std::size_t headers_max = 100;
  std::size_t body_bytes_max = 256 * 1024;
  std::size_t json_depth_max = 32;
};

struct ApiSettings {
  bool strict = true;
};

struct AuthSettings {
  std::string cookie_name = "express:sess";
  bool cookie_secure = false;
  std::string cookie_samesite = "lax";            // lax, strict, or off: not sent
  std::int64_t token_ttl_ms = 30LL * 86'400'000;  // 0: tokens never end
  std::int64_t sign_out_delay_ms_max = 5'000;     // 0: nobody is looked up
  bool check_origin = true;
  std::vector<std::string> origins;
};

struct AccountSettings {
  std::size_t password_length_min = 4;
  std::size_t password_length_max = 20;
  std::size_t scrypt_n = 16'384;
  std::size_t scrypt_r = 8;
  std::size_t scrypt_p = 1;
  std::size_t password_workers = 1;
  std::size_t password_queue_max = 10'000;
  std::int64_t password_wait_ms_max = 15'000;
};

struct TicketSettings {
  std::size_t title_length_max = 200;
  std::string titles = "readable";  // or any
  std::int64_t price_minor_max = 100'000'000;
};

struct OrderSettings {
  std::int64_t lifetime_ms = 15 * 60'000;
  std::size_t live_per_buyer_max = 10;  // 0: no such limit
};

// Of one request to Stripe, one after the other; then its outcome is unknown.
inline constexpr int stripe_attempts_max = 3;

struct PaymentSettings {
  std::string gateway = "sandbox";  // sandbox, stripe
  std::string currency = "usd";
  std::string stripe_base_url = "https://api.stripe.com";
  std::string stripe_publishable_key;  // no secret: the page carries it
  std::int64_t stripe_timeout_ms = 10'000;
  std::size_t workers = 8;
  std::size_t queue_max = 1'024;
  std::int64_t settle_retry_ms_min = 1'000;
  std::int64_t settle_retry_ms_max = 60'000;
  std::int64_t wait_ms = 20'000;
  std::int64_t look_up_after_ms = 60'000;
  std::int64_t look_up_lag_ms = 3'600'000;
  std::int64_t gateway_key_life_ms = 23LL * 3'600'000;
  std::string amounts = "checked";   // or any
  std::size_t amount_minor_min = 0;  // 0: what the gateway documents
};

struct JournalSettings {
  std::size_t shard_count = 64;
  std::size_t group_commit_appends_max = 512;
  std::size_t block_cache_bytes = 0;  // 0, also below: by the memory that there is (sizing.hpp)
  std::size_t write_buffer_bytes = 32 * 1024 * 1024;
  std::size_t write_buffers_bytes = 0;
  std::size_t wal_bytes_max = 0;
  std::int64_t acked_sync_ms = 1'000;
};

struct ActorSettings {
  std::size_t scheduler_threads = 0;      // 0: one for every two cores
  std::size_t active_aggregates_max = 0;  // 0: by the memory that there is
  std::int64_t passivate_idle_ms = 60'000;
  std::size_t asks_in_flight_max = 16'384;
  std::size_t mailbox_max = 4'096;
  std::int64_t ask_deadline_ms = 5'000;
  std::int64_t reminder_window_ms = 60'000;
  std::int64_t job_time_ms_max = 300'000;
};

struct ReaderSettings {
  std::size_t threads = 2;
  std::size_t queue_max = 1'024;
  std::size_t page_limit_default = 20;
  std::size_t page_limit_max = 200;
  std::size_t unpaged_limit = 10'000;
  std::size_t search_scan_rows_max = 100'000;
};

struct FeedSettings {
  std::size_t ring_events = 16'384;
  std::int64_t heartbeat_ms = 15'000;
  std::size_t replay_page = 500;
};

struct WebSettings {
  std::string folder = "web/dist";  // empty: no page, only the API
};

struct LogSettings {
  std::string level = "info";  // trace, debug, info, warn, error, off
  bool access = true;
  std::string format = "text";  // text, json
};

struct BackupSettings {
  std::size_t kept_max = 7;
};

struct RateSettings {  // 0: no such limit
  std::size_t requests_per_second_per_client = 0;
  std::size_t signins_per_minute_per_client = 600;
  std::size_t signups_per_minute_per_client = 600;
  std::size_t signin_failures_free = 5;
  std::int64_t signin_pause_ms_max = 15 * 60'000;
};

struct Config {
  ServerSettings server;
  TlsSettings tls;
  LimitSettings limits;
  ApiSettings api;
  AuthSettings auth;
  AccountSettings accounts;
  TicketSettings tickets;
  OrderSettings orders;
  PaymentSettings payments;
  JournalSettings journal;
  ActorSettings actors;
  ReaderSettings readers;
  FeedSettings feed;
  WebSettings web;
  LogSettings log;
  BackupSettings backup;
  RateSettings rate;
};

// One thing that is wrong, for the person who wrote it.
struct ConfigError {
  std::string where;    // "config/usher.toml:12", "--order-ttl", "environment"
  std::string key;      // "limits.body_bytes_max"; empty when the file itself can't be read
  std::string value;    // as written; never a secret's
  std::string allowed;  // what would be right, or what else is wrong
  bool operator==(const ConfigError&) const = default;
};
// One line: where: key = value: allowed.
[[nodiscard]] std::string to_text(const ConfigError& error);
// One line each, without a newline at the end.
[[nodiscard]] std::string to_text(std::span<const ConfigError> errors);

// A setting given on the command line, stronger than the file.
struct Override {
  std::string flag;  // what the user wrote, for messages: "--order-ttl"
  std::string key;   // "orders.lifetime"
  std::string text;  // "15m", "true", "64", "a,b"
};

using Loaded = tl::expected<Config, std::vector<ConfigError>>;

// Reads a TOML file over the defaults, then the overrides, then checks the whole. Reports every
// mistake it finds, not only the first.
[[nodiscard]] Loaded load_config(const std::filesystem::path& file,
                                 std::span<const Override> overrides = {});
// The same from text; `name` stands for the file in messages. Empty text: the defaults.
[[nodiscard]] Loaded parse_config(std::string_view toml, std::string_view name,
                                  std::span<const Override> overrides = {});

// Sets one value; what spans several settings is check()'s.
[[nodiscard]] tl::expected<void, ConfigError> apply_override(Config& config,
                                                             const Override& change);

// The rules that span several settings (a pair given by half, a smallest above a largest).
// load_config and parse_config have called it already.
[[nodiscard]] std::vector<ConfigError> check(const Config& config);

// From the environment only: JWT_KEY, STRIPE_KEY, USHER_OPERATOR_TOKEN. An empty one is absent.
struct Secrets {
  std::optional<std::string> jwt_key;
  std::optional<std::string> stripe_key;
  std::optional<std::string> operator_token;
};
[[nodiscard]] Secrets secrets_from_environment();
// For tests: `lookup` answers as getenv does.
[[nodiscard]] Secrets secrets_from(const std::function<const char*(const char* variable)>& lookup);

// What the gateway needs and, with `production`, what a node that faces strangers needs: JWT_KEY
// of at least 32 bytes, secure cookies, tokens that end, a gateway that takes real money.
[[nodiscard]] std::vector<ConfigError> check_secrets(const Config& config, const Secrets& secrets,
                                                     bool production);

}  // namespace usher
