#include "http/front/exchange.hpp"

#include <utility>

#include "http/front/errors.hpp"
#include "http/front/parser.hpp"
#include "http/front/response_head.hpp"

namespace usher::http {

asio::awaitable<void> Exchange::answer(FramedRequest framed, const Asker& asker) {
  FrontState& state = thread_.state();
  ++state.requests;
  const bool http_1_0 = framed.http_1_0;
  const bool wants_more = framed.keep_alive;
  auto parsed = parse_request(std::move(framed));
  if (!parsed) {
    unreadable_ = std::move(parsed.error());
    co_return;
  }
  request_ = std::move(*parsed);
  identify(request_, asker, thread_);
  watch_.note(request_);
  const bool head_only = request_.method == "HEAD";

  auto answering = answer_request(thread_, request_, asker.turns);
  Answer answered = co_await std::move(answering);
  response_ = std::move(answered.response);
  pattern_ = answered.pattern;
  keep_alive_ = wants_more && !answered.close && !state.stopping;

  const auto tell_route =
      response_.stream ? std::exchange(response_.stream->answered, {}) : nullptr;
  if (response_.stream && !head_only) {
    if (!state.stopping && state.streams.try_add(state.limits.streams_max)) {
      opens_stream_ = true;
      if (tell_route) tell_route(response_.status);  // before its client can know
      co_return;
    }
    ++state.requests_refused;
    response_ = overloaded(503, "Too many event streams");
    keep_alive_ = false;
  }
  if (tell_route) tell_route(response_.status);
  render(head_only, http_1_0);
}

void Exchange::render(bool head_only, bool http_1_0) {
  render_errors(response_, thread_.state().error_codes);
  HeadFacts facts{.date = thread_.date(),
                  .request_id = watch_.id,
                  .content_length = std::nullopt,
                  .keep_alive = keep_alive_,
                  .http_1_0 = http_1_0};
  const std::string& body = response_.shared_body ? *response_.shared_body : response_.body;
  const bool has_body = may_have_body(response_.status);
  if (has_body && !response_.stream) facts.content_length = body.size();
  head_ = response_head(response_, facts);
  if (has_body && !head_only) body_ = body;
}

void Exchange::refuse(int status, std::string_view reason, std::string_view client) {
  id_of_refusal_ = thread_.draw_id();
  watch_.client = client;
  watch_.id = id_of_refusal_;
  response_ = error_response(status, reason);
  pattern_ = pattern_of_refusals;
  keep_alive_ = false;
  render(false, false);
}

}  // namespace usher::http
