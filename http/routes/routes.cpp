#include "http/routes/routes.hpp"

#include <spdlog/spdlog.h>

#include <chrono>
#include <exception>
#include <stdexcept>
#include <utility>

#include "http/ascii.hpp"
#include "http/conditional.hpp"
#include "http/problem.hpp"
#include "http/routes/context.hpp"

namespace usher::http {
namespace {

RouteServices with_registry(RouteServices services) {
  if (!services.registry) services.registry = std::make_shared<prometheus::Registry>();
  return services;
}

// Answers of the API are data: no page may be made of them, framed or guessed.
void add_security_headers(Response& response, bool secure) {
  response.header("X-Content-Type-Options", "nosniff");
  response.header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
  response.header("Referrer-Policy", "no-referrer");
  response.header("Cross-Origin-Resource-Policy", "same-origin");
  if (secure) response.header("Strict-Transport-Security", "max-age=31536000");
}

// What decides the answer's envelope, kept while the request is moved into the route.
struct Envelope {
  bool is_read = false;  // GET or HEAD
  bool secure = false;
  std::optional<std::string> if_none_match;

  explicit Envelope(const Request& request)
      : is_read(request.method == "GET" || request.method == "HEAD"), secure(request.secure) {
    if (const auto value = request.headers.find("If-None-Match"); is_read && value)
      if_none_match = std::string{*value};
  }
};

void become_not_modified(Response& response) {
  response.status = 304;
  response.body.clear();
  std::erase_if(response.headers.entries, [](const auto& header) {
    return equal_without_case(header.first, "Content-Type");
  });
}

void finish(const Envelope& envelope, Response& response) {
  add_security_headers(response, envelope.secure);
  if (!response.headers.find("Cache-Control"))
    response.header("Cache-Control", envelope.is_read ? "no-cache" : "no-store");
  if (!envelope.is_read || response.status != 200 || response.stream) return;
  if (!response.headers.find("ETag")) response.header("ETag", content_etag(response.body));
  const auto etag = response.headers.find("ETag");
  if (envelope.if_none_match && names_etag(*envelope.if_none_match, *etag))
    become_not_modified(response);
}

// An exception of a library or a bug is one failed request, not a failed node.
asio::awaitable<Response> answered(Context& context, Route route, Request request) {
  if (const auto wait_s = context.requests.refuse(request.client, context.market.now()))
    co_return too_many_requests(*wait_s);
  const std::string id = request.id;
  try {
    auto answering = route(context, std::move(request));
    co_return co_await std::move(answering);
  } catch (const std::exception& error) {
    spdlog::error("request {}: {}", id, error.what());
  }
  co_return internal_error();
}

asio::awaitable<Response> served(std::shared_ptr<Context> context, RouteMetrics* metrics,
                                 Route route, Request request) {
  const auto start = std::chrono::steady_clock::now();
  const Envelope envelope{request};
  auto answering = answered(*context, route, std::move(request));
  Response response = co_await std::move(answering);
  finish(envelope, response);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  metrics->count(response.status, took.count());
  co_return response;
}

asio::awaitable<Response> unknown_path(Context&, Request) { co_return not_found(); }

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
      sign_ups(options.sign_ups, options.rate_limit_clients_max) {
  if (options.auth.key.empty()) throw std::logic_error("the routes need a signing key");
}

Routes& Routes::on(std::string_view method, std::string_view pattern, Route route) {
  RouteMetrics* metrics = &context_->metrics.route(method, pattern);
  router_.on(method, pattern, [context = context_, metrics, route](Request request) {
    return served(context, metrics, route, std::move(request));
  });
  return *this;
}

std::shared_ptr<Context> add_routes(Router& router, Market& market, RouteOptions options,
                                    RouteServices services) {
  auto context = std::make_shared<Context>(market, std::move(options), std::move(services));
  context->otherwise_metrics = &context->metrics.route("*", "(otherwise)");
  Routes routes{router, context};
  add_user_routes(routes);
  add_ticket_routes(routes);
  add_order_routes(routes);
  add_payment_routes(routes);
  add_event_routes(routes);
  add_operation_routes(routes);
  return context;
}

Handler api_or(std::shared_ptr<Context> context, Handler page) {
  return [context = std::move(context), page = std::move(page)](Request request) {
    if (page && !is_api_path(request.path)) return page(std::move(request));
    return served(context, context->otherwise_metrics, unknown_path, std::move(request));
  };
}

}  // namespace usher::http
