#include "examples/blog/model/blog.hpp"

namespace usher {

std::string_view name_of(Rejection rejection) {
  constexpr std::string_view names[] = {"not_found", "stale_version", "already_exists",
                                        "key_reused"};
  return names[static_cast<std::size_t>(rejection) - 1];
}

std::string_view name_of(Status status) {
  constexpr std::string_view names[] = {"pending", "approved", "rejected"};
  return names[static_cast<std::size_t>(status) - 1];
}

// ---- posts

Post::Decision Post::decide(const State* post, const Command& command, TimeMs) {
  if (post) return reject(Rejection::already_exists);
  const auto& create = std::get<Create>(command);
  return Accepted<Event, Effect>{{Created{create.title, create.at_us}}, {}};
}

Post::State Post::evolve(const State*, const Event& event) { return std::get<Created>(event); }

// ---- comments: one overload for each command and each event; a missing one does not compile

namespace {

using Answer = Accepted<Comment::Event, Comment::Effect>;

Comment::Decision handle(const Comment::State* comment, const Comment::Write& write) {
  if (comment) return reject(Rejection::already_exists);
  return Answer{{Comment::Created{write.content, write.post_at_us, write.at_us}},
                {Comment::AskModerator{write.content}}};
}

// The moderator may say it twice: a reminder has asked again before the first answer was there.
Comment::Decision handle(const Comment::State* comment, const Comment::Moderate& moderate) {
  if (!comment) return reject(Rejection::not_found);
  if (comment->status != Status::pending) return Answer{};
  return Answer{{Comment::Moderated{comment->content, moderate.verdict},
                 Comment::Updated{comment->content, moderate.verdict}},
                {}};
}

Comment::Decision handle(const Comment::State* comment, const Comment::Remind&) {
  if (!comment) return reject(Rejection::not_found);
  if (comment->status != Status::pending) return Answer{};
  return Answer{{}, {Comment::AskModerator{comment->content}}};
}

void apply(Comment::State& comment, const Comment::Created& e) {
  comment = {e.content, e.post_at_us, e.at_us, Status::pending};
}
void apply(Comment::State&, const Comment::Moderated&) {}
void apply(Comment::State& comment, const Comment::Updated& e) { comment.status = e.status; }

}  // namespace

Comment::Decision Comment::decide(const State* comment, const Command& command, TimeMs) {
  return std::visit([&](const auto& each) { return handle(comment, each); }, command);
}

Comment::State Comment::evolve(const State* before, const Event& event) {
  State comment = before ? *before : State{};
  std::visit([&](const auto& each) { apply(comment, each); }, event);
  return comment;
}

std::vector<Reminder> Comment::reminders(const State& comment) {  // B3
  if (comment.status != Status::pending) return {};
  return {{ReminderName::moderate, comment.at_us / 1000}};
}

// ---- events from outside

OutsideEvents::Decision OutsideEvents::decide(const State*, const Command& command, TimeMs) {
  const auto& keep = std::get<Keep>(command);
  return Accepted<Event, Effect>{{Kept{keep.type, keep.data}}, {}};
}

}  // namespace usher
