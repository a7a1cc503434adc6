// What the routes have to know, as plain values: main fills it from the configuration.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "actors/market/domain/ids.hpp"
#include "http/front/json_body.hpp"
#include "http/front/rate_limit.hpp"
#include "http/requests/auth.hpp"
#include "http/requests/origin.hpp"
#include "http/requests/sign_in_guard.hpp"
#include "http/requests/validation.hpp"

namespace usher::http {

struct PageLimits {
  std::size_t rows_default = 20;
  std::size_t rows_max = 200;
  std::size_t unpaged_rows_max = 10'000;  // lists that are asked for without paging parameters
  std::size_t search_length_max = 100;    // characters of ?q=
  std::size_t cursor_bytes_max = 2'048;   // it may hold a user id in hex
  std::size_t first_page_rows = 24;       // of the page's initial state
};

struct FeedLimits {
  std::size_t events_default = 100;
  std::size_t events_max = 1'000;
  std::size_t records_per_read = 500;
  std::size_t records_scanned_max = 10'000;  // by one poll that finds few events it may show
};

struct RouteOptions {
  AuthOptions auth;
  OriginRules origins;
  ValidationLimits validation;
  PageLimits pages;
  FeedLimits feed;

  DurationMs ask_deadline_ms = 5'000;   // past it a command is not executed
  DurationMs payment_wait_ms = 20'000;  // for the gateway's outcome, then 503
  DurationMs order_lifetime_ms = 15 * 60'000;
  BodyRules body;
  bool error_codes = true;  // errors have a `code` beside their message
  std::size_t idempotency_key_length_max = 255;

  RateLimit requests;                                  // of any kind, per client
  RateLimit sign_ins{.per_second = 10, .burst = 100};  // per client
  RateLimit sign_ups{.per_second = 10, .burst = 100};  // per client
  SignInPauses sign_in_pauses;
  std::size_t rate_limit_clients_max = 65'536;  // remembered, for each of the three

  // Prices are read and shown in one.
  [[nodiscard]] const Currency& currency() const { return validation.currency; }
  std::string gateway = "sandbox";  // or stripe
  std::optional<std::string> stripe_publishable_key;
  bool metrics_are_public = true;  // false: /metrics needs the operator token
};

}  // namespace usher::http
