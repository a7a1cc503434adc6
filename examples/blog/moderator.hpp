// The moderator: an actor beside the runtime's that hears of every new comment and answers it with
// a verdict. It may be switched off and on: what is said to it meanwhile is not lost, because each
// pending comment has a reminder.
#pragma once

#include <atomic>
#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/fwd.hpp>
#include <cstddef>
#include <string>
#include <string_view>

#include "actors/runtime/runtime.hpp"
#include "examples/blog/model/blog.hpp"

namespace usher {

struct Moderation {
  std::atomic<bool> is_on{true};
  // Of comments that asked while it was off: so many are remembered and judged as soon as it is on
  // again; the others' reminders ask again within seconds.
  std::size_t remembered_max = 10'000;
};

// Comment -> moderator. The verdict comes back as Comment::Moderate.
struct Judge {
  CommentId comment;
  std::string content;
};
// Moderation::is_on has become true.
struct SwitchedOn {};

[[nodiscard]] Status verdict_on(std::string_view content);

// Takes Judge, SwitchedOn, Stop. `moderation` must outlive it.
caf::actor spawn_moderator(caf::actor_system& system, const Runtime& runtime,
                           const Moderation& moderation);

}  // namespace usher

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(usher::Judge)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(usher::SwitchedOn)
