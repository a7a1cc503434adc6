#include "examples/blog/queries.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "actors/runtime/projections/page_of_rows.hpp"
#include "base/hex.hpp"
#include "examples/blog/blog.hpp"

namespace usher {
namespace {

tl::unexpected<Refusal> refuse(decltype(Refusal::why) why) {
  return tl::unexpected(Refusal{why, 0, {}});
}

RowQuery rows_behind(std::string prefix, std::optional<std::string> after) {
  return {static_cast<std::uint8_t>(View::posts_with_comments), std::move(prefix), std::move(after),
          Direction::ascending};
}

// A cursor is the last row's place, in hex: its moment and its id.
std::optional<std::string> place_in(const After& cursor) {
  auto place = from_hex(*cursor);
  return place && place->size() == post_prefix({}, 0).size() ? place : std::nullopt;
}

Json comment_json(const CommentId& id, const std::string& content, Status status) {
  return {{"id", hex(own_part(id))}, {"content", content}, {"status", name_of(status)}};
}

Json comment_json(const CommentId& id, const Comment::State& comment) {
  return comment_json(id, comment.content, comment.status);
}

Json event_of(const PostId& id, const Post::Event& event) {
  const auto& created = std::get<Post::Created>(event);
  return {{"type", "PostCreated"}, {"data", {{"id", hex(id)}, {"title", created.title}}}};
}

Json event_of(const CommentId& id, const Comment::Event& event) {
  const auto json = [&](std::string_view type, const std::string& content, Status status) {
    Json data = comment_json(id, content, status);
    data["postId"] = hex(post_of(id));
    return Json{{"type", type}, {"data", std::move(data)}};
  };
  if (const auto* created = std::get_if<Comment::Created>(&event))
    return json("CommentCreated", created->content, Status::pending);
  if (const auto* moderated = std::get_if<Comment::Moderated>(&event))
    return json("CommentModerated", moderated->content, moderated->verdict);
  const auto& updated = std::get<Comment::Updated>(event);
  return json("CommentUpdated", updated.content, updated.status);
}

Json event_of(const OutsideId&, const OutsideEvents::Event& event) {
  const auto& kept = std::get<OutsideEvents::Kept>(event);
  return {{"type", kept.type}, {"data", Json::parse(kept.data, nullptr, false)}};
}

Json event_of(const RequestKeyId&, const RequestKey::Event&) { return nullptr; }  // it has none

}  // namespace

std::string hex(const PostId& id) {
  return to_hex({reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()});
}

std::optional<FeedSeq> number_in(std::string_view text) {
  FeedSeq number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

Json event_of(const Record& record) {
  Json json;
  with_aggregate_of(AllAggregates<Blog>{}, record.stream, [&]<class A>(std::type_identity<A>) {
    const auto key = key_of<A>(record.stream);
    const auto event = decode_event<A>(record.type, record.schema, record.payload);
    if (key && event) json = event_of(*key, *event);
  });
  return json;
}

// One walk over neighbouring rows: a post, its comments, the next post. The comments beyond the
// first ones of a post are stepped over, by a walk that begins behind them.
Answered<Listing> list_posts(const Journal& journal, const ListLimits& limits, const After& after) {
  const auto place = after ? place_in(after) : std::string{};
  if (!place) return refuse(Rejection::not_found);
  auto query = rows_behind({}, std::nullopt);
  if (after) query.after = *place + behind_a_post;
  Json posts = Json::object();
  Json* comments = nullptr;  // of the last post
  std::string last;          // its prefix
  std::size_t bytes = 0;
  std::optional<std::string> next;
  bool is_readable = true, steps_over = false;
  const auto visit = [&](const Row& row, const Journal::SnapshotAt& snapshot_at) {
    if (key_of<Post>(row.value)) {
      if (posts.size() == limits.rows_max || bytes > limits.text_bytes_max) {
        next = to_hex(last);
        return false;
      }
      const auto post = state_of<Post>(row, journal, snapshot_at);
      if (!post) return is_readable = false;
      const std::string id = hex(post->key);
      last = post_prefix(post->key, post->state.at_us);
      bytes += row.key.size() + post->state.title.size();
      auto& shown = posts[id];
      shown = {{"id", id}, {"title", post->state.title}, {"comments", Json::array()}};
      comments = &shown["comments"];
      return true;
    }
    if (!comments) return is_readable = false;  // a walk begins at a post
    steps_over = comments->size() == limits.rows_max;
    if (steps_over) return false;
    const auto comment = state_of<Comment>(row, journal, snapshot_at);
    if (!comment) return is_readable = false;
    bytes += row.key.size() + comment->state.content.size();
    comments->push_back(comment_json(comment->key, comment->state));
    return true;
  };
  do {
    if (std::exchange(steps_over, false)) query.after = last + behind_a_post;
    if (!journal.scan_rows(query, visit) || !is_readable) return refuse(Failure::unavailable);
  } while (steps_over);
  return Listing{posts.dump(), std::move(next)};
}

Answered<Listing> list_comments(const Journal& journal, const ListLimits& limits,
                                const CommentsOf& wanted) {
  const auto place = wanted.after ? place_in(wanted.after) : std::string{};
  if (!place) return refuse(Rejection::not_found);
  auto query = rows_behind(comments_prefix(wanted.post, wanted.post_at_us), std::nullopt);
  if (wanted.after) query.after = query.prefix + *place;
  Json comments = Json::array();
  std::size_t bytes = 0;
  const auto is_full = [&] {
    return comments.size() == limits.rows_max || bytes > limits.text_bytes_max;
  };
  const auto last = read_page_of<Comment>(
      journal, query, is_full, [&](const Row& row, RowState<Comment>&& comment) {
        bytes += row.key.size() + comment.state.content.size();
        if (comment.key == wanted.just_written) comment.state.status = Status::pending;
        comments.push_back(comment_json(comment.key, comment.state));
      });
  if (!last) return refuse(Failure::unavailable);
  return Listing{comments.dump(),
                 *last ? After{to_hex((*last)->substr(query.prefix.size()))} : std::nullopt};
}

Answered<Listing> list_events(const Journal& journal, const ListLimits& limits,
                              const After& after) {
  constexpr std::size_t records_per_read = 100;
  const auto from = after ? number_in(*after) : 0;
  if (!from) return refuse(Rejection::not_found);
  FeedSeq through = *from;
  Json events = Json::array();
  std::size_t bytes = 0;
  while (through < journal.feed_end() && events.size() < limits.rows_max &&
         bytes <= limits.text_bytes_max) {
    const auto wanted = std::min(records_per_read, limits.rows_max - events.size());
    const auto records = journal.read_feed(through, wanted);
    if (!records || records->empty()) return refuse(Failure::unavailable);
    for (const auto& fed : *records) {
      events.push_back(event_of(fed.record));
      bytes += fed.record.payload.size();
    }
    through = records->back().seq;
  }
  const bool is_more = through < journal.feed_end();
  return Listing{events.dump(), is_more ? After{std::to_string(through)} : std::nullopt};
}

}  // namespace usher
