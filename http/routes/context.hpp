// What every route shares, and how a route is added: a free coroutine `Response f(Context&,
// const Request&)`. Parse, ask, answer; what is the same for all is done around it (routes.cpp).
#pragma once

#include <asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string_view>

#include "actors/market/market.hpp"
#include "http/front/message.hpp"
#include "http/front/metrics.hpp"
#include "http/front/rate_limit.hpp"
#include "http/front/router.hpp"
#include "http/requests/auth.hpp"
#include "http/requests/options.hpp"
#include "http/requests/session_versions.hpp"
#include "http/requests/token_cache.hpp"
#include "http/routes/routes.hpp"

namespace usher::http {

struct Context {
  Context(Market& the_market, RouteOptions the_options, RouteServices the_services);

  Market& market;
  const RouteOptions options;
  const RouteServices services;
  HttpMetrics metrics;
  RouteMetrics* otherwise_metrics = nullptr;
  RouteMetrics* page_metrics = nullptr;
  RouteMetrics* refused_metrics = nullptr;  // counted by whoever sees what the front refuses
  RateLimiter requests;
  RateLimiter sign_ins;
  RateLimiter sign_ups;
  SignInGuard sign_in_guard;

  const std::shared_ptr<SessionVersions> session_versions;  // event streams outlive their request

  // By its signature alone: http/routes/sessions.hpp asks whether it has ended.
  [[nodiscard]] std::optional<Session> claimed_session(const Request& request) const {
    return session_of(options.auth, request, market.now(), &tokens_);
  }
  [[nodiscard]] TimeMs steady_now() const { return services.steady_now_ms(); }
  [[nodiscard]] TimeMs deadline() const { return market.now() + options.ask_deadline_ms; }
  [[nodiscard]] AskOptions ask_options() const {
    return {.deadline = deadline(), .if_version = std::nullopt};
  }

 private:
  mutable TokenCache tokens_;
};

// Context and request outlive the coroutine: the router's handlers own the one, the connection the
// other.
using Route = asio::awaitable<Response> (*)(Context&, const Request&);

// A condition that a write does not judge is refused: without it the write is another one. Reads
// are judged by their ETag (routes.cpp).
enum class Conditions { refused, judged };

class Routes {
 public:
  Routes(Router& router, std::shared_ptr<Context> context)
      : router_(router), context_(std::move(context)) {}
  Routes& on(std::string_view method, std::string_view pattern, Route route,
             Conditions conditions = Conditions::refused);

 private:
  Router& router_;
  std::shared_ptr<Context> context_;
};

// One per file.
void add_user_routes(Routes& routes);
void add_ticket_routes(Routes& routes);
void add_order_routes(Routes& routes);
void add_payment_routes(Routes& routes);
void add_event_routes(Routes& routes);
void add_operation_routes(Routes& routes);
void add_docs_routes(Routes& routes);
void add_settlement_routes(Routes& routes);

[[nodiscard]] inline bool is(const Refusal& refusal, Rejection rejection) {
  const auto* why = std::get_if<Rejection>(&refusal.why);
  return why && *why == rejection;
}

}  // namespace usher::http
