// The feed: /api/events, as a stream or as an array to poll.
#include <charconv>
#include <utility>

#include "http/front/ascii.hpp"
#include "http/front/errors.hpp"
#include "http/front/json.hpp"
#include "http/front/public_event.hpp"
#include "http/routes/context.hpp"
#include "http/routes/listing.hpp"
#include "http/routes/queries.hpp"
#include "http/views/feed_view.hpp"
#include "http/views/problem.hpp"

namespace usher::http {
namespace {

// Does an Accept header name the type itself (not by a wildcard)?
bool accepts(std::string_view accept, std::string_view type) {
  while (!accept.empty()) {
    const auto end = accept.find(',');
    const auto range = accept.substr(0, end);
    if (equal_without_case(trimmed(range.substr(0, range.find(';'))), type)) return true;
    accept = end == std::string_view::npos ? std::string_view{} : accept.substr(end + 1);
  }
  return false;
}

bool wants_array(const Request& request) {
  const auto accept = request.headers.find("Accept").value_or("");
  return accepts(accept, "application/json") && !accepts(accept, "text/event-stream");
}

StreamFilter filter_for(const Context& context, const Request& request) {
  StreamFilter filter;
  filter.all = is_operator(context.options.auth, request);
  if (auto session = context.session(request)) filter.user = std::move(session->user.text);
  return filter;
}

// A browser sends the last id by itself when it connects again; a malformed one would keep it
// from ever connecting, so that counts as none.
std::optional<PublicSeq> last_event_id(const Request& request) {
  const auto text = request.headers.find("Last-Event-ID");
  if (!text) return std::nullopt;
  PublicSeq seq = 0;
  const auto* end = text->data() + text->size();
  const auto read = std::from_chars(text->data(), end, seq);
  if (read.ec != std::errc{} || read.ptr != end || seq > json_integer_max) return std::nullopt;
  return seq;
}

// Up to `limit` events that the filter lets through, and how far that looked.
struct Poll {
  std::vector<PublicEvent> events;
  PublicSeq looked_up_to = 0;
};

asio::awaitable<Answered<Poll>> poll(Context& context, StreamFilter filter, PublicSeq after,
                                     std::size_t limit, std::string client) {
  const auto& limits = context.options.feed;
  Poll poll{{}, after};
  for (std::size_t scanned = 0; scanned < limits.records_scanned_max;) {
    auto reading =
        feed(context.market, Piece{feed_after(poll.looked_up_to), limits.records_per_read, client});
    const auto records = co_await std::move(reading);
    if (!records) co_return tl::unexpected{records.error()};
    for (const auto& record : *records) {
      for (auto& event : public_events(record)) {
        if (event.seq <= poll.looked_up_to || !may_see(filter, event)) continue;
        if (poll.events.size() == limit) co_return poll;
        poll.looked_up_to = event.seq;
        poll.events.push_back(std::move(event));
      }
      poll.looked_up_to = behind(record.seq);
    }
    scanned += records->size();
    if (records->size() < limits.records_per_read) break;
  }
  co_return poll;
}

asio::awaitable<Response> answer_poll(Context& context, const Request& request, PublicSeq after) {
  const auto& limits = context.options.feed;
  const auto limit = read_number(request, "limit", 1, limits.events_max, limits.events_default);
  if (!limit) co_return problem(limit.error());
  auto polling = poll(context, filter_for(context, request), after,
                      static_cast<std::size_t>(*limit), client_key(request.client));
  const auto polled = co_await std::move(polling);
  if (!polled) co_return problem(polled.error());
  auto response = json_response(200, json_array(polled->events, append_event));
  response.header("Link",
                  next_link("/api/events", {{"limit", std::to_string(*limit)},
                                            {"after", std::to_string(polled->looked_up_to)}}));
  response.header("Cache-Control", "private, no-cache");
  response.header("Vary", "Accept");
  co_return response;
}

// GET /api/events?after&limit  ->  a stream | 200 | 400 | 503
asio::awaitable<Response> get_events(Context& context, const Request& request) {
  const auto after = read_number(request, "after", 0, json_integer_max, 0);
  if (!after) co_return problem(after.error());
  if (wants_array(request)) {
    auto answering = answer_poll(context, request, *after);
    co_return co_await std::move(answering);
  }
  OpenStream stream{filter_for(context, request), last_event_id(request)};
  if (!stream.after && request.query_param("after")) stream.after = *after;
  Response response;
  response.header("Content-Type", "text/event-stream; charset=utf-8");
  response.header("Vary", "Accept");
  response.stream = std::move(stream);
  co_return response;
}

}  // namespace

void add_event_routes(Routes& routes) { routes.on("GET", "/api/events", get_events); }

}  // namespace usher::http
