#include "examples/blog/blog.hpp"

#include <utility>

#include "actors/runtime/outbox.hpp"
#include "base/bytes.hpp"
#include "examples/blog/moderator.hpp"

namespace usher {
namespace {

// A post sorts before its comments, and no key is the beginning of another.
constexpr std::uint8_t post_mark = 0, comment_mark = 1;

std::string place(std::string before, const PostId& id, std::int64_t at_us) {
  ByteWriter key{std::move(before)};
  key.sorted_i64(at_us);
  for (const std::uint8_t byte : id.bytes) key.u8(byte);
  return key.take();
}

}  // namespace

std::string post_prefix(const PostId& id, std::int64_t at_us) { return place({}, id, at_us); }
std::string comments_prefix(const PostId& id, std::int64_t post_at_us) {
  return post_prefix(id, post_at_us) + static_cast<char>(comment_mark);
}

std::vector<ViewRow> Hosted<Post>::rows(const PostId& id, const Post::State& post) {
  return {{View::posts_with_comments, post_prefix(id, post.at_us) + static_cast<char>(post_mark)}};
}

std::vector<ViewRow> Hosted<Comment>::rows(const CommentId& id, const Comment::State& comment) {
  return {{View::posts_with_comments,
           place(comments_prefix(post_of(id), comment.post_at_us), own_part(id), comment.at_us)}};
}

// At least once: by the event itself, then by its reminder, until the comment is moderated.
void Hosted<Comment>::perform(const Outbox& outbox, const CommentId& id,
                              const Comment::Effect& effect) {
  outbox.send_outside(Judge{id, std::get<Comment::AskModerator>(effect).content});
}

std::vector<ReminderRule> Blog::reminder_rules() {
  constexpr DurationMs first_ms = 1'000, longest_ms = 10'000;
  return {{ReminderName::moderate, /*repeats_an_effect=*/true, first_ms, longest_ms}};
}

void Blog::check(const ReplayedShard<Blog>& shard, Tally& tally, const ReplayReport& report) {
  const auto& posts = shard.of<Post>();
  for (const auto& [stream, comment] : shard.of<Comment>()) {
    const auto post = posts.find(stream_of(post_of(*key_of<Comment>(stream))));
    if (post == posts.end() || post->second.state.at_us != comment.state.post_at_us)
      report("a comment whose post does not exist: " + shown(stream));
    if (comment.state.status == Status::pending) ++tally.pending;
  }
  tally.posts += posts.size();
  tally.comments += shard.of<Comment>().size();
}

template class ReplayOf<Blog>;

}  // namespace usher
