#include "cli/settings.hpp"

#include <arpa/inet.h>
#include <netdb.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <thread>

namespace usher::cli {
namespace {

std::string numeric(const addrinfo& found) {
  char text[INET6_ADDRSTRLEN] = {};
  const void* bytes =
      found.ai_family == AF_INET
          ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in*>(found.ai_addr)->sin_addr)
          : &reinterpret_cast<const sockaddr_in6*>(found.ai_addr)->sin6_addr;
  inet_ntop(found.ai_family, bytes, text, sizeof text);
  return text;
}

}  // namespace

tl::expected<ListenAt, std::string> resolve_listen(const std::string& listen) {
  const auto colon = listen.rfind(':');
  ListenAt at{listen.substr(0, colon), 0};
  const std::string port = listen.substr(colon + 1);
  std::from_chars(port.data(), port.data() + port.size(), at.port);
  if (at.address.starts_with('[') && at.address.ends_with(']'))
    at.address = at.address.substr(1, at.address.size() - 2);
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failed = getaddrinfo(at.address.c_str(), nullptr, &hints, &found);
  if (failed != 0)
    return tl::unexpected(at.address + " is no address, and no name that can be looked up here: " +
                          gai_strerror(failed));
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> all{found, freeaddrinfo};
  const addrinfo* best = found;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next)
    if (each->ai_family == AF_INET && best->ai_family != AF_INET) best = each;
  at.address = numeric(*best);
  return at;
}

RocksdbOptions rocksdb_options(const Sized& sized) {
  const Config& config = sized.config;
  RocksdbOptions options;
  options.open_files_max = static_cast<int>(sized.files.tables);
  options.block_cache_bytes = config.journal.block_cache_bytes;
  options.write_buffer_bytes = config.journal.write_buffer_bytes;
  options.write_buffers_bytes = config.journal.write_buffers_bytes;
  options.wal_bytes_max = config.journal.wal_bytes_max;
  options.acked_sync_interval = std::chrono::milliseconds(config.journal.acked_sync_ms);
  return options;
}

MarketOptions runtime_options(const Config& config) {
  MarketOptions options;
  options.shard_count = static_cast<ShardNumber>(config.journal.shard_count);
  options.active_aggregates_max = config.actors.active_aggregates_max;
  options.passivate_idle_ms = config.actors.passivate_idle_ms;
  options.waiting_commands_max = config.actors.mailbox_max;
  options.asks_in_flight_max = config.actors.asks_in_flight_max;
  options.group_commit_appends_max = config.journal.group_commit_appends_max;
  options.stalled_append_ms = config.actors.ask_deadline_ms;
  options.reminder_window_ms = config.actors.reminder_window_ms;
  options.settle_retry_ms_min = config.payments.settle_retry_ms_min;
  options.settle_retry_ms_max = config.payments.settle_retry_ms_max;
  options.reader_threads = config.readers.threads;
  options.reader_queue_max = config.readers.queue_max;
  options.search_rows_max = config.readers.search_scan_rows_max;
  options.password_workers = config.accounts.password_workers;
  options.password_queue_max = config.accounts.password_queue_max;
  options.password_wait_ms_max = config.accounts.password_wait_ms_max;
  options.gateway_workers = config.payments.workers;
  options.gateway_queue_max = config.payments.queue_max;
  options.look_up_after_ms = config.payments.look_up_after_ms;
  options.look_up_lag_ms = config.payments.look_up_lag_ms;
  options.gateway_key_life_ms = config.payments.gateway_key_life_ms;
  options.job_ms_max = config.actors.job_time_ms_max;
  options.scheduler_threads = config.actors.scheduler_threads != 0
                                  ? config.actors.scheduler_threads
                                  : std::max(1u, std::thread::hardware_concurrency() / 2);
  return options;
}

http::FrontOptions front_options(const Config& config) {
  const auto& from = config.limits;
  http::FrontOptions options;
  const auto listen = resolve_listen(config.server.listen).value_or(ListenAt{});
  http::ListenAddress address;
  address.address = listen.address;
  address.port = listen.port;
  address.tls = config.tls.is_on();
  options.listen = {address};
  options.inherit_sockets = std::getenv("LISTEN_FDS") != nullptr;
  options.io_threads = config.server.io_threads;
  options.trusted_proxies = config.server.trusted_proxies;
  options.stop_time_ms_max = config.server.shutdown_time_ms;
  options.error_codes = config.api.strict;
  options.names_methods = config.api.strict;
  options.tls = {config.tls.cert, config.tls.key};
  options.framing.request_line_bytes_max = from.request_line_bytes_max;
  options.framing.head_bytes_max = from.head_bytes_max;
  options.framing.headers_max = from.headers_max;
  options.framing.body_bytes_max = from.body_bytes_max;
  options.limits.connections_max = from.connections_max;
  options.limits.connections_per_client_max = from.connections_per_client_max;
  options.limits.requests_in_flight_max = from.requests_in_flight_max;
  options.limits.requests_in_flight_per_client_max = from.requests_in_flight_per_client_max;
  options.limits.streams_max = from.streams_max;
  options.limits.head_time_ms_max = from.head_time_ms_max;
  options.limits.body_time_ms_max = from.body_time_ms_max;
  options.limits.idle_time_ms_max = from.idle_time_ms_max;
  options.limits.write_stall_ms_max = from.write_stall_time_ms_max;
  options.limits.handshake_time_ms_max = from.handshake_time_ms_max;
  options.limits.handshakes_max = from.handshakes_max;
  options.limits.handshake_wait_ms_max = from.handshake_wait_time_ms_max;
  return options;
}

http::EventStreamOptions stream_options(const Config& config) {
  http::EventStreamOptions options;
  options.ring_events = config.feed.ring_events;
  options.stream_buffer_bytes_max = config.limits.stream_buffer_bytes_max;
  options.replay_page_events = config.feed.replay_page;
  options.heartbeat_ms = config.feed.heartbeat_ms;
  return options;
}

const Currency& currency_of(const Config& config) {
  return *find_currency(config.payments.currency);
}

static void limit_prices(http::ValidationLimits& prices, const Config& config,
                         const AmountLimits& amounts) {
  prices.price_minor_max = config.tickets.price_minor_max;
  if (config.payments.amounts != "checked") return;
  if (amounts.max) prices.price_minor_max = std::min(prices.price_minor_max, amounts.max->minor);
  const auto set_min = static_cast<std::int64_t>(config.payments.amount_minor_min);
  prices.price_minor_min = set_min != 0 ? set_min : amounts.min.minor;
  prices.price_minor_step = amounts.step;
}

std::optional<std::string> fault_of_prices(const Config& config, const AmountLimits& amounts) {
  http::ValidationLimits prices;
  limit_prices(prices, config, amounts);
  const auto first = (prices.price_minor_min + prices.price_minor_step - 1) /
                     prices.price_minor_step * prices.price_minor_step;
  if (first <= prices.price_minor_max) return std::nullopt;
  return "nothing could be offered: the lowest price that can be charged is " +
         std::to_string(first) + ", and the highest is " + std::to_string(prices.price_minor_max) +
         " (tickets.price_minor_max, payments.amount_minor_min, payments.amounts)";
}

http::RouteOptions route_options(const Config& config, const Secrets& secrets,
                                 std::string signing_key, const AmountLimits& amounts) {
  constexpr double seconds_per_minute = 60;
  constexpr std::size_t addresses_share = 4;  // people behind one address, as it were
  auto per_minute = [](std::size_t count) {
    return http::RateLimit{static_cast<double>(count) / seconds_per_minute,
                           static_cast<double>(count)};
  };
  http::RouteOptions options;
  options.auth.key = std::move(signing_key);
  options.auth.token_ttl_ms = config.auth.token_ttl_ms;
  options.auth.sign_out_delay_ms_max = config.auth.sign_out_delay_ms_max;
  options.auth.cookie_name = config.auth.cookie_name;
  options.auth.cookie_secure = config.auth.cookie_secure;
  options.auth.cookie_samesite = config.auth.cookie_samesite;
  options.auth.operator_token = secrets.operator_token.value_or("");
  options.validation.password_length_min = config.accounts.password_length_min;
  options.validation.password_length_max = config.accounts.password_length_max;
  options.validation.title_length_max = config.tickets.title_length_max;
  options.validation.any_title = config.tickets.titles == "any";
  options.validation.currency = currency_of(config);
  limit_prices(options.validation, config, amounts);
  options.pages.rows_default = config.readers.page_limit_default;
  options.pages.rows_max = config.readers.page_limit_max;
  options.pages.unpaged_rows_max = config.readers.unpaged_limit;
  options.ask_deadline_ms = config.actors.ask_deadline_ms;
  options.payment_wait_ms = config.payments.wait_ms;
  options.order_lifetime_ms = config.orders.lifetime_ms;
  options.body = {config.limits.json_depth_max, config.api.strict};
  options.error_codes = config.api.strict;
  const auto requests = static_cast<double>(config.rate.requests_per_second_per_client);
  options.requests = {requests, requests};
  options.sign_ins = per_minute(config.rate.signins_per_minute_per_client);
  options.origins = {config.auth.check_origin, config.auth.origins};
  options.sign_in_pauses.failures_free = config.rate.signin_failures_free;
  options.sign_in_pauses.address_failures_free = addresses_share * config.rate.signin_failures_free;
  options.sign_in_pauses.pause_ms_max = config.rate.signin_pause_ms_max;
  options.sign_ups = per_minute(config.rate.signups_per_minute_per_client);
  options.gateway = config.payments.gateway;
  if (config.payments.gateway == "stripe" && !config.payments.stripe_publishable_key.empty())
    options.stripe_publishable_key = config.payments.stripe_publishable_key;
  return options;
}

std::unique_ptr<PaymentGateway> make_gateway(const Config& config, const Secrets& secrets) {
  if (config.payments.gateway != "stripe") return make_sandbox_gateway({});
  StripeOptions options;
  options.base_url = config.payments.stripe_base_url;
  options.secret_key = secrets.stripe_key.value_or("");
  options.currency = currency_of(config);
  options.timeout_ms = config.payments.stripe_timeout_ms;
  options.attempts_max = stripe_attempts_max;
  return make_stripe_gateway(std::move(options));
}

}  // namespace usher::cli
