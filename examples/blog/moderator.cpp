#include "examples/blog/moderator.hpp"

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>
#include <set>
#include <utility>

#include "actors/runtime/failures.hpp"
#include "actors/runtime/messages.hpp"
#include "actors/runtime/outbox.hpp"
#include "examples/blog/codec.hpp"

namespace usher {
namespace {

struct Unjudged {
  std::set<CommentId> comments;
};

caf::behavior moderator(caf::stateful_actor<Unjudged>* self, const Runtime* runtime,
                        const Moderation* moderation) {
  needs_a_restart(self, *runtime, "the moderator");
  auto& unjudged = self->state.comments;
  return {
      [=, &unjudged](const Judge& judge) {
        if (moderation->is_on.load())
          return Outbox{self, *runtime}.tell<Comment>(judge.comment,
                                                      Comment::Moderate{verdict_on(judge.content)});
        if (unjudged.size() < moderation->remembered_max) unjudged.insert(judge.comment);
      },
      // Each is told to ask again: it alone knows whether it is still pending.
      [=, &unjudged](SwitchedOn) {
        for (const auto& comment : std::exchange(unjudged, {}))
          Outbox{self, *runtime}.tell<Comment>(comment, Comment::Remind{ReminderName::moderate});
      },
      [self](Stop) {
        self->quit();
        return Stopped{};
      },
  };
}

}  // namespace

Status verdict_on(std::string_view content) {
  constexpr std::string_view refused_word = "orange";
  const bool is_refused = content.find(refused_word) != std::string_view::npos;
  return is_refused ? Status::rejected : Status::approved;
}

caf::actor spawn_moderator(caf::actor_system& system, const Runtime& runtime,
                           const Moderation& moderation) {
  return system.spawn(moderator, &runtime, &moderation);
}

}  // namespace usher
