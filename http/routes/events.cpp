// The feed: /api/events, as a stream or as an array to poll.
#include <utility>

#include "http/front/accept.hpp"
#include "http/front/errors.hpp"
#include "http/front/json.hpp"
#include "http/front/public_event.hpp"
#include "http/requests/error_codes.hpp"
#include "http/routes/context.hpp"
#include "http/routes/listing.hpp"
#include "http/routes/queries.hpp"
#include "http/routes/sessions.hpp"
#include "http/views/feed_view.hpp"
#include "http/views/problem.hpp"

namespace usher::http {
namespace {

bool wants_array(const Request& request) {
  const auto accept = request.headers.joined("Accept").value_or("");
  return accept_names(accept, "application/json") && !accept_names(accept, "text/event-stream");
}

// Who asks, and until when that is proved.
struct Asking {
  StreamFilter filter;
  std::optional<std::int64_t> ends_in_ms = {};
  std::function<bool()> has_ended = {};
};

asio::awaitable<Answered<Asking>> asking_of(Context& context, const Request& request) {
  Asking asking;
  asking.filter.all = is_operator(context.options.auth, request);
  auto asking_who = current_session(context, request);
  const auto session = co_await std::move(asking_who);
  if (!session) co_return tl::unexpected{session.error()};
  if (!*session) co_return asking;
  asking.filter.user = (*session)->user.text;
  if ((*session)->ends_at) asking.ends_in_ms = *(*session)->ends_at - context.market.now();
  asking.has_ended = end_of_session(context, **session);
  co_return asking;
}

// ?after=: a cursor of ours, or a plain seq.
Validated<std::optional<FeedCursor>> read_cursor(const Request& request) {
  const auto text = request.query_param("after");
  if (!text) return std::optional<FeedCursor>{};
  const auto cursor = parse_cursor(*text);
  if (!cursor)
    return tl::unexpected{Complaints{{code::invalid_cursor,
                                      "After must be the id of an event, or a cursor from a Link "
                                      "header",
                                      "after"}}};
  return cursor;
}

// Up to `limit` events that the filter lets through, and how far that looked.
struct Poll {
  std::vector<PublicEvent> events;
  FeedCursor looked_up_to;
  bool other_history = false;
};

asio::awaitable<Answered<Poll>> poll(Context& context, StreamFilter filter, FeedCursor after,
                                     std::size_t limit, std::string client) {
  const auto& limits = context.options.feed;
  Poll poll{{}, after};
  FeedSeq read_up_to = feed_after(after);
  for (std::size_t scanned = 0; scanned < limits.records_scanned_max;) {
    auto reading = feed(context.market, Piece{read_up_to, limits.records_per_read, client});
    const auto entries = co_await std::move(reading);
    if (!entries) co_return tl::unexpected{entries.error()};
    if (scanned == 0 && !proves(after, *entries)) poll.other_history = true;
    if (poll.other_history || entries->empty()) break;
    for (const auto& entry : *entries) {
      for (auto& event : public_events(entry, context.options.currency())) {
        if (event.seq <= poll.looked_up_to.seq || !may_see(filter, event)) continue;
        if (poll.events.size() == limit) co_return poll;
        poll.looked_up_to = {event.seq, event.mark};
        poll.events.push_back(std::move(event));
      }
      if (behind(entry).seq >= poll.looked_up_to.seq) poll.looked_up_to = behind(entry);
    }
    read_up_to = entries->back().seq;
    scanned += entries->size();
    if (entries->size() < limits.records_per_read) break;
  }
  co_return poll;
}

asio::awaitable<Response> answer_poll(Context& context, const Request& request, FeedCursor after) {
  const auto& limits = context.options.feed;
  const auto limit = read_number(request, "limit", 1, limits.events_max, limits.events_default);
  if (!limit) co_return problem(limit.error());
  auto asking_who = asking_of(context, request);
  auto asking = co_await std::move(asking_who);
  if (!asking) co_return problem(asking.error());
  auto polling = poll(context, std::move(asking->filter), after, static_cast<std::size_t>(*limit),
                      client_key(request.client));
  const auto polled = co_await std::move(polling);
  if (!polled) co_return problem(polled.error());
  if (polled->other_history)
    co_return error_response(410, code::history_gone,
                             "The cursor is of another history: start over without it");
  auto response = json_response(
      200, json_of([&](JsonWriter& json) { json.array(polled->events, write_event); }));
  response.header("Link", next_link("/api/events", {{"limit", std::to_string(*limit)},
                                                    {"after", text_of(polled->looked_up_to)}}));
  response.header("Cache-Control", "private, no-cache");
  response.header("Vary", "Accept");
  co_return response;
}

// GET /api/events?after&limit  ->  a stream | 200 | 400 | 410 | 503
asio::awaitable<Response> get_events(Context& context, const Request& request) {
  if (auto unknown = unknown_parameters(request, {"after", "limit"}); !unknown.empty())
    co_return problem(std::move(unknown));
  const auto after = read_cursor(request);
  if (!after) co_return problem(after.error());
  if (wants_array(request)) {
    auto answering = answer_poll(context, request, after->value_or(FeedCursor{}));
    co_return co_await std::move(answering);
  }
  auto asking_who = asking_of(context, request);
  auto asking = co_await std::move(asking_who);
  if (!asking) co_return problem(asking.error());
  OpenStream stream{std::move(asking->filter), *after};
  stream.ends_in_ms = asking->ends_in_ms;
  stream.has_ended = std::move(asking->has_ended);
  // A browser sends the last id by itself when it connects again. One that nobody can read is not
  // an error, or it could never connect again; and it is not silence, for what it stood for is
  // lost.
  if (const auto id = request.headers.find("Last-Event-ID"); id && !id->empty()) {
    stream.after = parse_cursor(*id);
    stream.is_lost = !stream.after;
  }
  Response response;
  response.header("Content-Type", "text/event-stream; charset=utf-8");
  response.header("Vary", "Accept");
  response.stream = std::move(stream);
  co_return response;
}

}  // namespace

void add_event_routes(Routes& routes) { routes.on("GET", "/api/events", get_events); }

}  // namespace usher::http
