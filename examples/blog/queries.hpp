// The query side: what is shown is read from rows and snapshots that follow from the events, so it
// can be thrown away and made again from them. Blocks on the disk: for the runtime's readers.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "actors/runtime/answers.hpp"
#include "examples/blog/codec.hpp"
#include "persistence/journal.hpp"

namespace usher {

struct ListLimits {
  std::size_t rows_max = 1'000;          // posts, comments of one post, events
  std::size_t text_bytes_max = 4 << 20;  // of one answer: past it the list ends, to go on later
};

// A list as it goes out; `next` continues it, where there may be more. A cursor that is none of
// ours is refused as not_found.
struct Listing {
  std::string json;
  std::optional<std::string> next;
};
using After = std::optional<std::string>;

// {id: {id,title,comments}}, each with the first comments.
[[nodiscard]] Answered<Listing> list_posts(const Journal& journal, const ListLimits& limits,
                                           const After& after);
// [{id,content,status}]
struct CommentsOf {
  PostId post;
  std::int64_t post_at_us = 0;
  After after = std::nullopt;
  // Shown as it was written, however quick the moderator was.
  std::optional<CommentId> just_written = std::nullopt;
};
[[nodiscard]] Answered<Listing> list_comments(const Journal& journal, const ListLimits& limits,
                                              const CommentsOf& wanted);
// [{type,data}]
[[nodiscard]] Answered<Listing> list_events(const Journal& journal, const ListLimits& limits,
                                            const After& after);

using Json = nlohmann::ordered_json;
// {type,data}: what a record of the journal is as an event of the blog.
[[nodiscard]] Json event_of(const Record& record);
[[nodiscard]] std::string hex(const PostId& id);
// A whole number; nullopt for anything else.
[[nodiscard]] std::optional<FeedSeq> number_in(std::string_view text);

}  // namespace usher
