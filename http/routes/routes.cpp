#include "http/routes/routes.hpp"

#include <chrono>
#include <exception>
#include <stdexcept>
#include <utility>

#include "base/hex.hpp"
#include "base/log/log.hpp"
#include "http/front/ascii.hpp"
#include "http/front/errors.hpp"
#include "http/front/etag.hpp"
#include "http/front/front_state.hpp"
#include "http/front/text.hpp"
#include "http/requests/error_codes.hpp"
#include "http/routes/context.hpp"
#include "http/routes/sessions.hpp"

namespace usher::http {
namespace {

RouteServices with_registry(RouteServices services) {
  if (!services.registry) services.registry = std::make_shared<prometheus::Registry>();
  if (!services.steady_now_ms)
    services.steady_now_ms = [] {
      const auto now = std::chrono::steady_clock::now().time_since_epoch();
      return TimeMs{std::chrono::duration_cast<std::chrono::milliseconds>(now).count()};
    };
  return services;
}

// Answers of the API are data: no page may be made of them, framed or guessed.
void add_security_headers(Response& response, bool secure) {
  response.header("X-Content-Type-Options", "nosniff");
  if (!response.headers.find("Content-Security-Policy"))
    response.header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
  response.header("Referrer-Policy", "no-referrer");
  response.header("Cross-Origin-Resource-Policy", "same-origin");
  if (secure) response.header("Strict-Transport-Security", "max-age=31536000");
}

bool is_read(const Request& request) { return request.method == "GET" || request.method == "HEAD"; }

// What is alike for all answers: security, caching, validators.
void finish(const Request& request, Response& response) {
  add_security_headers(response, request.secure);
  if (!response.headers.find("Cache-Control"))
    response.header("Cache-Control", is_read(request) ? "no-cache" : "no-store");
  if (!is_read(request) || response.status != 200 || response.stream) return;
  if (!response.headers.find("ETag")) response.header("ETag", content_etag(response.body));
  apply_preconditions(request, response);
}

std::optional<Response> refused_conditions(const Request& request) {
  for (const std::string_view name : {"If-Match", "If-None-Match", "If-Unmodified-Since"})
    if (request.headers.find(name))
      return error_response(400, code::invalid_precondition,
                            std::string{name} + " is not understood by this request");
  return std::nullopt;
}

// A browser has one session and many tabs. A client that says whom it acts for is refused when the
// session is somebody else's by now, or nobody's: what a person does in one tab is never done as
// whoever has signed in with another. Judged here, with the session that the route will see.
asio::awaitable<std::optional<Response>> refuse_as_another(Context& context, const Request& request,
                                                           std::string_view acts_for) {
  auto asking = signed_in(context, request);
  auto session = co_await std::move(asking);
  if (!session) co_return std::move(session.error());
  if (percent_encoded(session->user.text) == acts_for) co_return std::nullopt;
  co_return error_response(401, code::signed_in_as_another, "Signed in as somebody else");
}

// An exception of a library or a bug is one failed request, not a failed node.
asio::awaitable<Response> served(Context& context, RouteMetrics& metrics, Route route,
                                 Conditions conditions, const Request& request) {
  const auto start = std::chrono::steady_clock::now();
  Response response;
  if (const auto wait_s = context.requests.refuse(request.client, context.market.now())) {
    response = too_many_requests(*wait_s);
  } else if (auto refused = conditions == Conditions::refused && !is_read(request)
                                ? refused_conditions(request)
                                : std::nullopt) {
    response = std::move(*refused);
  } else {
    try {
      if (is_foreign(context.options.origins, request)) {
        response = error_response(403, "Requests of other sites' pages are not accepted");
      } else {
        std::optional<Response> refusal;
        if (const auto acts_for = request.headers.find(acts_for_header)) {
          auto judging = refuse_as_another(context, request, *acts_for);
          refusal = co_await std::move(judging);
        }
        if (refusal) {
          response = std::move(*refusal);
        } else {
          auto answering = route(context, request);
          response = co_await std::move(answering);
        }
      }
    } catch (const std::exception& error) {
      log::error("a route failed", {{"id", request.id}, {"why", error.what()}});
      response = internal_error();
    }
  }
  finish(request, response);
  render_errors(response, context.options.error_codes);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  if (response.stream)
    response.stream->answered = [&metrics, took](int status) {
      metrics.count(status, took.count());
    };
  else
    metrics.count(response.status, took.count());
  co_return response;
}

// The page is counted as the routes are.
asio::awaitable<Response> counted(RouteMetrics& metrics, const Handler& page,
                                  const Request& request) {
  const auto start = std::chrono::steady_clock::now();
  auto answering = page(request);
  Response response = co_await std::move(answering);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  metrics.count(response.status, took.count());
  co_return response;
}

asio::awaitable<Response> unknown_path(Context&, const Request&) { co_return not_found(); }

bool is_api_path(std::string_view path) {
  return equal_without_case(path.substr(0, 4), "/api") && (path.size() == 4 || path[4] == '/');
}

}  // namespace

Context::Context(Market& the_market, RouteOptions the_options, RouteServices the_services)
    : market(the_market),
      options(std::move(the_options)),
      services(with_registry(std::move(the_services))),
      metrics(services.registry),
      requests(options.requests, options.rate_limit_clients_max),
      sign_ins(options.sign_ins, options.rate_limit_clients_max),
      sign_ups(options.sign_ups, options.rate_limit_clients_max),
      sign_in_guard(options.sign_in_pauses),
      session_versions(std::make_shared<SessionVersions>(options.auth.sign_out_delay_ms_max)) {
  if (options.auth.key.empty()) throw std::logic_error("the routes need a signing key");
}

Routes& Routes::on(std::string_view method, std::string_view pattern, Route route,
                   Conditions conditions) {
  RouteMetrics* metrics = &context_->metrics.route(method, pattern);
  router_.on(method, pattern,
             [context = context_, metrics, route, conditions](const Request& request) {
               return served(*context, *metrics, route, conditions, request);
             });
  return *this;
}

std::shared_ptr<Context> add_routes(Router& router, Market& market, RouteOptions options,
                                    RouteServices services) {
  auto context = std::make_shared<Context>(market, std::move(options), std::move(services));
  context->otherwise_metrics = &context->metrics.route("*", "(otherwise)");
  context->page_metrics = &context->metrics.route("*", "(page)");
  context->refused_metrics = &context->metrics.route("*", pattern_of_refusals);
  Routes routes{router, context};
  add_user_routes(routes);
  add_ticket_routes(routes);
  add_order_routes(routes);
  add_payment_routes(routes);
  add_event_routes(routes);
  add_operation_routes(routes);
  add_docs_routes(routes);
  add_settlement_routes(routes);
  return context;
}

Handler api_or(std::shared_ptr<Context> context, Handler page) {
  return [context = std::move(context), page = std::move(page)](const Request& request) {
    if (page && !is_api_path(request.path)) return counted(*context->page_metrics, page, request);
    return served(*context, *context->otherwise_metrics, unknown_path, Conditions::judged, request);
  };
}

}  // namespace usher::http
