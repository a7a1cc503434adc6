// Where effects go: to other aggregates, and to the actor of the application's own that deals with
// the world outside. Nobody waits for what becomes of them: the reminder that set them off repeats
// them until the fact is recorded.
#pragma once

#include <caf/event_based_actor.hpp>
#include <utility>

#include "actors/runtime/codec/codec.hpp"
#include "actors/runtime/messages.hpp"
#include "actors/runtime/runtime.hpp"

namespace usher {

inline constexpr DurationMs background_deadline_ms = 60'000;

// A command for which nobody waits.
template <class A>
Ask<A> in_the_background(typename A::Key key, typename A::Command command, TimeMs now) {
  Ask<A> ask{std::move(key), std::move(command), {}, {}, [](Answered<Seen<A>>) {}};
  ask.options.deadline = now + background_deadline_ms;
  ask.options.is_duty = true;
  return ask;
}

class Outbox {
 public:
  Outbox(caf::event_based_actor* self, const Runtime& runtime) : self_(self), runtime_(runtime) {}

  template <class A>
  void tell(typename A::Key key, typename A::Command command) const {
    const auto& shard = runtime_.shard_actor(slot_of(key));
    self_->send(shard,
                in_the_background<A>(std::move(key), std::move(command), runtime_.clock.now_ms()));
  }
  template <class Message>
  void send_outside(Message message) const {
    self_->send(runtime_.outside, std::move(message));
  }

 private:
  caf::event_based_actor* self_;
  const Runtime& runtime_;
};

}  // namespace usher
