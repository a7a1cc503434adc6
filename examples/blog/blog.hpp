// The blog as an application of the runtime (actors/runtime/application.hpp): which aggregates it
// has, the list that they stand in, what their effects do, and what `verify` checks of them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "actors/runtime/application.hpp"
#include "actors/runtime/projections/replay.hpp"
#include "actors/runtime/runtime.hpp"
#include "examples/blog/codec.hpp"

namespace usher {

template <>
struct Hosted<Post> : HostedPlainly<Post> {
  static std::vector<ViewRow> rows(const PostId& id, const Post::State& post);
};

template <>
struct Hosted<Comment> : HostedPlainly<Comment> {
  static std::vector<ViewRow> rows(const CommentId& id, const Comment::State& comment);
  static void perform(const Outbox& outbox, const CommentId& id, const Comment::Effect& effect);
};

template <>
struct Hosted<OutsideEvents> : HostedPlainly<OutsideEvents> {};

struct Blog {
  static ApplicationName application() { return {"blog"}; }  // of its data directories
  using Aggregates = AggregateList<Post, Comment, OutsideEvents>;

  struct Tally : ReplayCounts {
    std::uint64_t posts = 0, comments = 0, pending = 0;
  };
  static void check(const ReplayedShard<Blog>& shard, Tally& tally, const ReplayReport& report);
  static std::vector<ReminderRule> reminder_rules();
};

extern template class ReplayOf<Blog>;

// There is one list: every post, each followed by its comments, in the order in which they were
// made. So the join of GET /posts is one walk over neighbouring rows.
// What all rows of a post begin with; what those of its comments begin with.
[[nodiscard]] std::string post_prefix(const PostId& id, std::int64_t at_us);
[[nodiscard]] std::string comments_prefix(const PostId& id, std::int64_t post_at_us);
inline constexpr char behind_a_post = '\xff';  // with its prefix: behind all its rows

}  // namespace usher
