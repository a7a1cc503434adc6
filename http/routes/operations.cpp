// Health, metrics, settings for the web client, and the operator's view.
#include <utility>

#include "http/front/errors.hpp"
#include "http/front/json.hpp"
#include "http/requests/ask.hpp"
#include "http/requests/auth.hpp"
#include "http/requests/error_codes.hpp"
#include "http/routes/context.hpp"
#include "http/views/page_view.hpp"

namespace usher::http {
namespace {

constexpr const char* ready_retry_s = "5";

std::vector<Figure> figures(const Context& context) {
  return context.services.collect ? context.services.collect() : std::vector<Figure>{};
}

// GET /healthz  ->  200
asio::awaitable<Response> get_health(Context&, const Request&) {
  auto response = json_response(200, R"({"status":"ok"})");
  response.header("Cache-Control", "no-store");
  co_return response;
}

// GET /readyz  ->  200 | 503
asio::awaitable<Response> get_readiness(Context& context, const Request&) {
  const auto& why_not = context.services.not_ready_because;
  const auto reason = why_not ? why_not() : std::nullopt;
  auto response = reason ? error_response(503, code::not_ready, *reason)
                         : json_response(200, R"({"status":"ready"})");
  if (reason) response.header("Retry-After", ready_retry_s);
  response.header("Cache-Control", "no-store");
  co_return response;
}

// GET /metrics  ->  200 | 401
asio::awaitable<Response> get_metrics(Context& context, const Request& request) {
  if (!context.options.metrics_are_public && !is_operator(context.options.auth, request))
    co_return not_authorized();
  Response response;
  response.header("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
  response.header("Cache-Control", "no-store");
  response.body = context.metrics.as_text(figures(context));
  co_return response;
}

// GET /api/admin/stats  ->  200 | 401
asio::awaitable<Response> get_stats(Context& context, const Request& request) {
  if (!is_operator(context.options.auth, request)) co_return not_authorized();
  auto response =
      json_response(200, context.metrics.as_json(figures(context), context.market.now()));
  response.header("Cache-Control", "private, no-store");
  co_return response;
}

// POST /api/admin/backup  ->  201 {"folder"} | 401 | 404 | 503
asio::awaitable<Response> post_backup(Context& context, const Request& request) {
  if (!is_operator(context.options.auth, request)) co_return not_authorized();
  if (!context.services.backup) co_return not_found();
  auto start = [&context](Callback<std::string> done) { context.services.backup(std::move(done)); };
  auto making = answer_of<std::string>(std::move(start));
  const auto made = co_await std::move(making);
  if (!made) co_return error_response(503, made.error().detail);
  co_return json_response(201, json_of([&](JsonWriter& json) {
                            json.begin_object().field("folder", *made).end_object();
                          }));
}

// GET /api/config  ->  200
asio::awaitable<Response> get_config(Context& context, const Request&) {
  co_return json_response(200, config_json(context.options));
}

}  // namespace

void add_operation_routes(Routes& routes) {
  routes.on("GET", "/healthz", get_health)
      .on("GET", "/readyz", get_readiness)
      .on("GET", "/metrics", get_metrics)
      .on("GET", "/api/admin/stats", get_stats)
      .on("POST", "/api/admin/backup", post_backup)
      .on("GET", "/api/config", get_config);
}

}  // namespace usher::http
