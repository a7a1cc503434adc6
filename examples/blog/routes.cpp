#include "examples/blog/routes.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "base/hex.hpp"
#include "base/log/log.hpp"
#include "http/front/ascii.hpp"
#include "http/front/await.hpp"
#include "http/front/bearer.hpp"
#include "http/front/errors.hpp"
#include "http/front/json.hpp"
#include "http/front/json_body.hpp"
#include "http/front/text.hpp"

namespace usher {
namespace {

using http::Request;
using http::Response;
template <class T>
using Awaitable = asio::awaitable<T>;

struct Context {
  explicit Context(BlogService the_service)
      : service(std::move(the_service)),
        limits(service.limits),
        door(service.node.door()),
        outside_events(limits.outside_events, limits.rate_limit_clients_max) {}

  BlogService service;
  const BlogLimits& limits;
  Door& door;
  http::RateLimiter outside_events;

  [[nodiscard]] TimeMs now() const { return door.runtime().clock.now_ms(); }
  [[nodiscard]] TimeMs deadline() const { return now() + limits.ask_deadline_ms; }
};

// ---- asking. (Coroutines are named before they are awaited: http/front/await.hpp.)

template <class A>
Awaitable<Answered<Seen<A>>> ask(Context& blog, typename A::Key key, typename A::Command command) {
  return http::awaited<Answered<Seen<A>>>([&blog, key, command = std::move(command)](
                                              Callback<Seen<A>> done) mutable {
    blog.door.ask<A>(key, std::move(command), {blog.deadline(), std::nullopt}, {}, std::move(done));
  });
}

Awaitable<Answered<Seen<Post>>> get_post(Context& blog, PostId id) {
  return http::awaited<Answered<Seen<Post>>>([&blog, id](Callback<Seen<Post>> done) {
    blog.door.get<Post>(id, blog.deadline(), std::move(done));
  });
}

// One of the runtime's readers makes the list; clients take turns with them.
template <class Make>
Awaitable<Answered<Listing>> list(Context& blog, const Request& request, Make make) {
  return http::awaited<Answered<Listing>>(
      [&blog, client = request.client, make = std::move(make)](Callback<Listing> done) {
        const auto& runtime = blog.door.runtime();
        blog.door.run<Listing>(runtime.lists, client, std::move(done),
                               [&journal = runtime.journal, limits = blog.limits.lists, make] {
                                 return make(journal, limits);
                               });
      });
}

// ---- saying no

bool is(const Refusal& refusal, Rejection rejection) {
  const auto* why = std::get_if<Rejection>(&refusal.why);
  return why && *why == rejection;
}

Response problem(const Refusal& refusal) {
  if (is(refusal, Rejection::not_found)) return http::not_found();
  const auto* failure = std::get_if<Failure>(&refusal.why);
  const bool is_open = failure && *failure == Failure::unknown;
  auto response = http::error_response(
      503, is_open ? "The outcome is not known yet, look again" : "The service is busy, try again");
  response.header("Retry-After", is_open ? "2" : "1");
  return response;
}

Response wrong(std::string message, std::string field) {
  return http::problem(
      http::Complaints{{http::code::bad_request, std::move(message), std::move(field)}});
}

// The one text field of a body.
tl::expected<std::string, Response> read_text(const Context& blog, const Request& request,
                                              const std::string& field) {
  const auto body = http::parse_body(request, {.depth_max = blog.limits.json_depth_max});
  if (!body) return tl::unexpected{http::problem(body.error())};
  const auto* found = body->find(field);
  const bool is_text = found && found->kind == http::JsonField::Kind::string;
  const std::size_t characters = is_text ? http::count_code_points(found->text) : 0;
  if (characters >= 1 && characters <= blog.limits.text_characters_max) return found->text;
  std::string name = field;
  name[0] = static_cast<char>(name[0] - 'a' + 'A');
  return tl::unexpected{wrong(name + " must be between 1 and " +
                                  std::to_string(blog.limits.text_characters_max) + " characters",
                              field)};
}

std::optional<PostId> post_in(const Request& request) {
  const auto bytes = from_hex(request.path_param("id"));
  PostId id;
  if (!bytes || bytes->size() != id.bytes.size()) return std::nullopt;
  std::copy(bytes->begin(), bytes->end(), id.bytes.begin());
  return id;
}

After after_in(const Request& request) {
  const auto after = request.query_param("after");
  return after ? After{*after} : std::nullopt;
}

Response listed(int status, const std::string& path, Answered<Listing> listing) {
  if (!listing && is(listing.error(), Rejection::not_found))
    return wrong("After must be a cursor from a Link header", "after");
  if (!listing) return problem(listing.error());
  auto response = http::json_response(status, std::move(listing->json));
  if (listing->next)
    response.header("Link", "<" + path + "?after=" + *listing->next + ">; rel=\"next\"");
  return response;
}

// ---- posts

// Under the first id drawn that is free; `as` says what it is then.
template <class A, class As>
Awaitable<Answered<Draw>> create(Context& blog, As as) {
  for (int draws = 1;; ++draws) {
    const Draw drawn = blog.door.new_id<Draw>();
    auto [key, command] = as(drawn);
    auto asking = ask<A>(blog, key, std::move(command));
    const auto answer = co_await std::move(asking);
    if (answer) co_return drawn;
    const bool is_taken = is(answer.error(), Rejection::already_exists);
    if (!is_taken || draws == blog.limits.id_draws_max) co_return tl::unexpected{answer.error()};
  }
}

// POST /posts {title}  ->  201 {id,title} | 400 | 503
Awaitable<Response> post_post(Context& blog, const Request& request) {
  const auto title = read_text(blog, request, "title");
  if (!title) co_return title.error();
  auto making = create<Post>(blog, [&title](const Draw& drawn) {
    return std::pair{drawn.id, Post::Create{*title, drawn.at_us}};
  });
  const auto drawn = co_await std::move(making);
  if (!drawn) co_return problem(drawn.error());
  co_return http::json_response(201, Json{{"id", hex(drawn->id)}, {"title", *title}}.dump());
}

// GET /posts?after  ->  200 {id: {id,title,comments}} | 400 | 503
Awaitable<Response> get_posts(Context& blog, const Request& request) {
  auto listing = list(blog, request, [after = after_in(request)](auto& journal, auto& limits) {
    return list_posts(journal, limits, after);
  });
  co_return listed(200, "/posts", co_await std::move(listing));
}

// ---- comments

Awaitable<Answered<Listing>> comments(Context& blog, const Request& request, CommentsOf wanted) {
  return list(blog, request, [wanted = std::move(wanted)](auto& journal, auto& limits) {
    return list_comments(journal, limits, wanted);
  });
}

std::string path_of(const PostId& post) { return "/posts/" + hex(post) + "/comments"; }

// GET /posts/:id/comments?after  ->  200 [{id,content,status}] | 400 | 503
Awaitable<Response> get_comments(Context& blog, const Request& request) {
  const auto id = post_in(request);
  if (!id) co_return http::json_response(200, "[]");
  auto looking = get_post(blog, *id);
  const auto post = co_await std::move(looking);
  if (!post && is(post.error(), Rejection::not_found)) co_return http::json_response(200, "[]");
  if (!post) co_return problem(post.error());
  auto listing = comments(blog, request, {*id, post->state->at_us, after_in(request)});
  co_return listed(200, path_of(*id), co_await std::move(listing));
}

// POST /posts/:id/comments {content}  ->  201 [{id,content,status}] | 400 | 404 | 503
Awaitable<Response> post_comment(Context& blog, const Request& request) {
  const auto content = read_text(blog, request, "content");
  if (!content) co_return content.error();
  const auto id = post_in(request);
  if (!id) co_return http::not_found();
  auto looking = get_post(blog, *id);
  const auto post = co_await std::move(looking);  // what exists does so for ever: no race
  if (!post) co_return problem(post.error());
  auto making = create<Comment>(blog, [&](const Draw& drawn) {
    return std::pair{comment_id(*id, drawn.id),
                     Comment::Write{*content, post->state->at_us, drawn.at_us}};
  });
  const auto drawn = co_await std::move(making);
  if (!drawn) co_return problem(drawn.error());
  auto listing = comments(blog, request, {*id, post->state->at_us, {}, comment_id(*id, drawn->id)});
  co_return listed(201, path_of(*id), co_await std::move(listing));
}

// ---- events

// GET /events?after  ->  200 [{type,data}] | a stream of them | 400 | 503
Awaitable<Response> get_events(Context& blog, const Request& request) {
  const auto after = after_in(request);
  const auto accept = request.headers.find("Accept").value_or("");
  if (accept.find("text/event-stream") == std::string_view::npos) {
    auto listing = list(blog, request, [after](auto& journal, auto& limits) {
      return list_events(journal, limits, after);
    });
    co_return listed(200, "/events", co_await std::move(listing));
  }
  // A browser that connects again says by itself what it has seen.
  std::string seen = after.value_or("");
  if (const auto last = request.headers.find("Last-Event-ID")) seen = *last;
  Response response;
  response.header("Content-Type", "text/event-stream; charset=utf-8");
  response.stream = http::OpenStream{};
  response.stream->after = http::parse_cursor(seen);
  co_return response;
}

// POST /events {type,data}  ->  200 {"status":"OK"} | 400 | 429 | 503
Awaitable<Response> post_event(Context& blog, const Request& request) {
  if (const auto wait_s = blog.outside_events.refuse(request.client, blog.now()))
    co_return http::too_many_requests(*wait_s);
  const auto& limits = blog.limits;
  const auto body = http::parse_body(request, {.depth_max = limits.json_depth_max});
  if (!body) co_return http::problem(body.error());
  const auto* type = body->find("type");
  const bool is_type = type && type->kind == http::JsonField::Kind::string && !type->text.empty() &&
                       type->text.size() <= limits.event_type_letters_max &&
                       std::all_of(type->text.begin(), type->text.end(), http::is_alpha);
  if (!is_type)
    co_return wrong(
        "Type must be between 1 and " + std::to_string(limits.event_type_letters_max) + " letters",
        "type");
  if (!body->find("data")) co_return wrong("Data is required", "data");
  // It has been parsed once, so it is valid, and not too deep.
  std::string data = Json::parse(request.body).at("data").dump();
  if (data.size() > limits.event_data_bytes_max)
    co_return wrong(
        "Data must be at most " + std::to_string(limits.event_data_bytes_max) + " bytes of JSON",
        "data");
  auto asking = ask<OutsideEvents>(blog, {}, OutsideEvents::Keep{type->text, std::move(data)});
  const auto answer = co_await std::move(asking);
  if (!answer) co_return problem(answer.error());
  co_return http::json_response(200, R"({"status":"OK"})");
}

// ---- moderation

Response moderation_response(const Context& blog) {
  return http::json_response(
      200, std::string{"{\"running\":"} + (blog.service.node.moderates() ? "true}" : "false}"));
}

// GET /moderation  ->  200 {running}
Awaitable<Response> get_moderation(Context& blog, const Request&) {
  co_return moderation_response(blog);
}

// PUT /moderation {running}, by the operator  ->  200 {running} | 400 | 401
Awaitable<Response> put_moderation(Context& blog, const Request& request) {
  if (!http::has_bearer(request, blog.service.operator_token)) co_return http::not_authorized();
  const auto body = http::parse_body(request, {.depth_max = blog.limits.json_depth_max});
  if (!body) co_return http::problem(body.error());
  const auto* running = body->find("running");
  if (!running || running->kind != http::JsonField::Kind::boolean)
    co_return wrong("Running must be true or false", "running");
  blog.service.node.moderate(running->text == "true");
  co_return moderation_response(blog);
}

// ---- what is alike for all

using Route = Awaitable<Response> (*)(Context&, const Request&);

// Any page of any origin may read and write here, and no browser sends credentials along: this is
// the blog's, which has nothing to protect, and not the shop's.
Response open_to_all(Response response) {
  response.header("Access-Control-Allow-Origin", "*");
  response.header("Access-Control-Expose-Headers", "Link, Retry-After");
  response.header("X-Content-Type-Options", "nosniff");
  response.header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
  response.header("Cache-Control", "no-store");
  return response;
}

Awaitable<Response> served(std::shared_ptr<Context> blog, Route route, const Request& request) {
  Response response;
  try {
    auto answering = route(*blog, request);
    response = co_await std::move(answering);
  } catch (const std::exception& error) {  // of a library, or a bug: one failed request
    log::error("a route failed", {{"id", request.id}, {"why", error.what()}});
    response = http::internal_error();
  }
  co_return open_to_all(std::move(response));
}

Awaitable<Response> preflight(std::string methods) {
  Response response;
  response.status = 204;
  response.header("Allow", methods);
  response.header("Access-Control-Allow-Methods", std::move(methods));
  response.header("Access-Control-Allow-Headers", "Content-Type, Authorization, Last-Event-ID");
  response.header("Access-Control-Max-Age", "600");
  co_return open_to_all(std::move(response));
}

Awaitable<Response> page_or_nothing(std::shared_ptr<const http::StaticFiles> page,
                                    const Request& request) {
  const bool is_file = request.path == "/" || request.path.find('.') != std::string::npos;
  if (page && is_file) co_return page->respond(request);
  co_return open_to_all(http::not_found());
}

}  // namespace

void add_blog_routes(http::Router& router, BlogService service,
                     std::shared_ptr<const http::StaticFiles> page) {
  auto blog = std::make_shared<Context>(std::move(service));
  const auto on = [&](std::string_view path, std::vector<std::pair<std::string, Route>> routes) {
    std::string methods = "OPTIONS";
    for (const auto& [method, route] : routes) {
      methods += ", " + method + (method == "GET" ? ", HEAD" : "");
      router.on(method, path, [blog, route = route](const Request& request) {
        return served(blog, route, request);
      });
    }
    router.on("OPTIONS", path, [methods](const Request&) { return preflight(methods); });
  };
  on("/posts", {{"GET", get_posts}, {"POST", post_post}});
  on("/posts/create", {{"POST", post_post}});
  on("/posts/:id/comments", {{"GET", get_comments}, {"POST", post_comment}});
  on("/events", {{"GET", get_events}, {"POST", post_event}});
  on("/moderation", {{"GET", get_moderation}, {"PUT", put_moderation}});
  router.otherwise(
      [page = std::move(page)](const Request& request) { return page_or_nothing(page, request); });
}

// ---- the live stream

namespace {

// A browser's EventSource hands the blog's own to `onmessage`. What came from outside has a name of
// its own there, so that no page takes it for what has happened here.
std::vector<http::PublicEvent> public_events(const std::vector<FeedRecord>& records) {
  std::vector<http::PublicEvent> events;
  for (const auto& fed : records) {
    const bool is_outside = key_of<OutsideEvents>(fed.record.stream).has_value();
    events.push_back(
        {fed.seq, is_outside ? "outside" : "message", event_of(fed.record).dump(), std::nullopt});
  }
  return events;
}

}  // namespace

void publish(http::EventStreams& streams, const std::vector<FeedRecord>& records) {
  streams.publish({records.back().seq, {}}, [&records] { return public_events(records); });
}

http::ReadAfter replay_from(Door& door) {
  return [&door](http::FeedCursor after, std::size_t limit, auto done) {
    door.feed({after.seq, limit, "event streams"}, [after, done](
                                                       Answered<std::vector<FeedRecord>> records) {
      if (!records) return done(std::nullopt);
      done(http::ReplayPage{public_events(*records),
                            records->empty() ? after : http::FeedCursor{records->back().seq, {}}});
    });
  };
}

}  // namespace usher
