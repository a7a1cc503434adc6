// The blog's aggregates and words. Pure: commands come in, events and effects go out.
//   B1  A post never changes.
//   B2  A comment is pending until it has been moderated, then approved or rejected for ever.
//   B3  While it is pending a reminder asks the moderator again: none is forgotten, however long
//       the moderator was away.
//   B4  What comes from outside is kept and shown, never applied.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "actors/runtime/model/decision.hpp"
#include "actors/runtime/model/reminder.hpp"
#include "actors/runtime/model/vocabulary.hpp"

namespace usher {

// ---- the words that the runtime leaves to its application (actors/runtime/model/vocabulary.hpp)

// These four are the runtime's; the blog itself says no for no other reason.
enum class Rejection : std::uint16_t {
  not_found = 1,
  stale_version = 2,
  already_exists = 3,
  key_reused = 4,
};
enum class ReminderName : std::uint8_t { moderate = 1 };
enum class View : std::uint8_t { posts_with_comments = 1 };

// ---- ids: 8 hex digits, of which the first four are the slot that decides the shard

template <std::size_t Size>
struct ShortId {
  static constexpr std::size_t size = Size;
  std::array<std::uint8_t, Size> bytes{};
  auto operator<=>(const ShortId&) const = default;
};
using PostId = ShortId<4>;
using CommentId = ShortId<8>;  // its post's, whose shard it lives in, then its own
using OutsideId = ShortId<0>;  // there is one stream for all that comes from outside

template <std::size_t Size>
constexpr Slot slot_of(const ShortId<Size>& id) {
  if constexpr (Size == 0)
    return 0;
  else
    return static_cast<Slot>(id.bytes[0] << 8 | id.bytes[1]);
}
constexpr CommentId comment_id(const PostId& post, const PostId& own) {
  const auto& p = post.bytes;
  const auto& o = own.bytes;
  return {{p[0], p[1], p[2], p[3], o[0], o[1], o[2], o[3]}};
}
constexpr PostId post_of(const CommentId& id) {
  return {{id.bytes[0], id.bytes[1], id.bytes[2], id.bytes[3]}};
}
constexpr PostId own_part(const CommentId& id) {
  return {{id.bytes[4], id.bytes[5], id.bytes[6], id.bytes[7]}};
}

// What a new id is made of. The runtime draws no two of a node at one microsecond, so that moment
// orders the lists. 32 bits meet now and then: the journal refuses to give birth to a stream that
// exists, and whoever creates draws again.
struct Draw {
  PostId id;
  std::int64_t at_us = 0;
  static constexpr Draw draw(std::int64_t now_us, Slot slot, std::uint64_t random) {
    const auto byte = [](std::uint64_t number) { return static_cast<std::uint8_t>(number); };
    return {{{byte(slot >> 8u), byte(slot), byte(random >> 8u), byte(random)}}, now_us};
  }
};

// ---- posts

struct Post {
  using Key = PostId;
  struct Create {
    std::string title;
    std::int64_t at_us = 0;
  };
  using Command = std::variant<Create>;
  struct Created {
    std::string title;
    std::int64_t at_us = 0;
    bool operator==(const Created&) const = default;
  };
  using Event = std::variant<Created>;
  using State = Created;  // B1
  using Effect = std::monostate;
  using Decision = Decided<Event, Effect>;
  static Decision decide(const State* state, const Command& command, TimeMs now);
  static State evolve(const State* state, const Event& event);
  static std::vector<Reminder> reminders(const State&) { return {}; }
};

// ---- comments: aggregates of their own, so that a post of a million is no larger than one of none

enum class Status : std::uint8_t { pending = 1, approved = 2, rejected = 3 };  // persisted
constexpr Status last_of(Status) { return Status::rejected; }
[[nodiscard]] std::string_view name_of(Status status);

struct Comment {
  using Key = CommentId;
  struct Write {
    std::string content;
    std::int64_t post_at_us = 0;  // of its post, behind which it stands in the list
    std::int64_t at_us = 0;
  };
  struct Moderate {
    Status verdict = Status::approved;
  };
  struct Remind {  // by the runtime: what has a reminder has this command
    ReminderName name;
  };
  using Command = std::variant<Write, Moderate, Remind>;

  // Each event carries the content: what is shown of it is a function of its record.
  struct Created {
    std::string content;
    std::int64_t post_at_us = 0;
    std::int64_t at_us = 0;
    bool operator==(const Created&) const = default;
  };
  struct Moderated {  // what the moderator said
    std::string content;
    Status verdict = Status::approved;
    bool operator==(const Moderated&) const = default;
  };
  struct Updated {  // what the comment is by that
    std::string content;
    Status status = Status::approved;
    bool operator==(const Updated&) const = default;
  };
  using Event = std::variant<Created, Moderated, Updated>;
  struct State {
    std::string content;
    std::int64_t post_at_us = 0;
    std::int64_t at_us = 0;
    Status status = Status::pending;
    bool operator==(const State&) const = default;
  };
  struct AskModerator {
    std::string content;
    bool operator==(const AskModerator&) const = default;
  };
  using Effect = std::variant<AskModerator>;
  using Decision = Decided<Event, Effect>;
  static Decision decide(const State* state, const Command& command, TimeMs now);
  static State evolve(const State* state, const Event& event);
  static std::vector<Reminder> reminders(const State& state);
};

// ---- events from outside, in the order in which they came. Nothing is in the state: it may have
// any number of them.

struct OutsideEvents {
  using Key = OutsideId;
  struct Keep {
    std::string type;
    std::string data;  // JSON
  };
  using Command = std::variant<Keep>;
  struct Kept {
    std::string type;
    std::string data;
    bool operator==(const Kept&) const = default;
  };
  using Event = std::variant<Kept>;
  struct State {
    bool operator==(const State&) const = default;
  };
  using Effect = std::monostate;
  using Decision = Decided<Event, Effect>;
  static Decision decide(const State* state, const Command& command, TimeMs now);
  static State evolve(const State*, const Event&) { return {}; }
  static std::vector<Reminder> reminders(const State&) { return {}; }
};

}  // namespace usher

template <std::size_t Size>
struct std::hash<usher::ShortId<Size>> {
  std::size_t operator()(const usher::ShortId<Size>& id) const noexcept {
    std::size_t h = 0;
    for (const auto byte : id.bytes) h = h << 8 | byte;
    return h * 0x9E3779B97F4A7C15U;
  }
};
