#include "http/front/answering.hpp"

#include <algorithm>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <exception>

#include "base/log/log.hpp"
#include "http/front/ascii.hpp"
#include "http/front/client_address.hpp"
#include "http/front/errors.hpp"
#include "http/front/rate_limit.hpp"

namespace usher::http {

namespace {

constexpr const char* retry_after_s = "1";
constexpr std::string_view methods_served = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT";

bool is_request_id(std::string_view text) {
  constexpr std::size_t length_max = 64;
  const auto is_id_char = [](char c) {
    return is_alpha(c) || is_digit(c) || c == '.' || c == '_' || c == '-';
  };
  return !text.empty() && text.size() <= length_max &&
         std::all_of(text.begin(), text.end(), is_id_char);
}

// Gives back what a request has taken, whichever way it ends.
struct InFlight {
  FrontState& state;
  ~InFlight() { state.requests_in_flight.subtract(); }
};
struct Turn {
  TurnTable& table;
  ClientTurns& turns;
  ~Turn() { table.end(turns, IoThread::now_ms()); }
};
struct Waiting {
  ClientTurns& turns;
  ClientTurns::Waiter& waiter;
  ~Waiting() { turns.give_up(waiter); }
};

asio::awaitable<bool> wait_for_turn(IoThread& thread, std::shared_ptr<ClientTurns> turns) {
  const std::chrono::milliseconds longest(thread.state().limits.turn_wait_ms_max);
  ClientTurns::Waiter waiter{asio::steady_timer(thread.context(), longest)};
  turns->wait(waiter);
  const Waiting waiting{*turns, waiter};
  asio::error_code woken;
  co_await waiter.timer.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  co_return waiter.granted;
}

Response allowed(std::string_view methods) {
  Response response;
  response.status = 204;
  response.header("Allow", std::string(methods));
  return response;
}

// The request has no handler: what is there to say about its path?
Response without_handler(const Request& request, const Router::Match& match, bool names_methods) {
  if (match.allow.empty()) return not_found();
  if (request.method == "OPTIONS") return allowed(match.allow);
  if (!names_methods) return not_found();
  auto response = error_response(405, "Method Not Allowed");
  response.header("Allow", match.allow);
  return response;
}

}  // namespace

void identify(Request& request, const Asker& asker, IoThread& thread) {
  if (asker.peer_is_trusted) {
    const auto client =
        forwarded_client(request.headers, asker.peer, asker.tls, thread.state().trusted_proxies);
    request.client = client.address.to_string();
    request.secure = client.secure;
  } else {
    request.client = asker.peer_text;
    request.secure = asker.tls;
  }
  const auto sent = request.headers.find("X-Request-Id");
  request.id = sent && is_request_id(*sent) ? std::string(*sent) : thread.draw_id();
}

Response overloaded(int status, std::string_view reason) {
  auto response = error_response(status, reason);
  response.header("Retry-After", retry_after_s);
  return response;
}

asio::awaitable<Answer> answer_request(IoThread& thread, Request& request,
                                       std::shared_ptr<ClientTurns> turns) {
  FrontState& state = thread.state();
  if (request.path == "*") co_return Answer{allowed(methods_served), pattern_of_refusals};

  const auto match = state.router.match(request);
  if (!match.handler)
    co_return Answer{without_handler(request, match, state.names_methods), pattern_of_refusals};

  if (!turns) turns = thread.turns().of(client_key(request.client));
  if (!thread.turns().try_begin(*turns, IoThread::now_ms())) {
    auto waiting = wait_for_turn(thread, turns);
    const bool granted = co_await std::move(waiting);
    if (!granted) {
      ++state.requests_refused;
      co_return Answer{overloaded(429, "Too many requests at the same time"), pattern_of_refusals,
                       true};
    }
  }
  const Turn turn{thread.turns(), *turns};
  if (!state.requests_in_flight.try_add(state.limits.requests_in_flight_max)) {
    ++state.requests_refused;
    co_return Answer{overloaded(503, "The server is busy"), pattern_of_refusals, true};
  }
  const InFlight in_flight{state};
  // A handler's exception is a bug in one route; the others go on.
  try {
    auto answering = (*match.handler)(request);
    auto response = co_await std::move(answering);
    if (response.status == 405 && !state.names_methods) response = not_found();
    co_return Answer{std::move(response), match.pattern};
  } catch (const std::exception& error) {
    log::error("a request failed",
               {{"id", request.id}, {"method", request.method}, {"why", error.what()}});
  } catch (...) {
    log::error("a request failed", {{"id", request.id}, {"method", request.method}});
  }
  co_return Answer{internal_error(), match.pattern};
}

void RequestWatch::note(const Request& request) {
  method = request.method;
  target = request.target;
  client = request.client;
  id = request.id;
  bytes_in = request.body.size();
}

void RequestWatch::tell(std::string_view pattern, int status, std::size_t bytes_out) const {
  if (!state_.on_request) return;
  const auto took = std::chrono::steady_clock::now() - began_;
  state_.on_request(RequestSeen{
      .method = method,
      .pattern = pattern,
      .target = target,
      .status = status,
      .duration_us = std::chrono::duration_cast<std::chrono::microseconds>(took).count(),
      .bytes_in = bytes_in,
      .bytes_out = bytes_out,
      .client = client,
      .id = id,
  });
}

}  // namespace usher::http
