// What decide() answers: the events that are to happen and the effects to set off once they are
// durable, or the reason why not.
#pragma once

#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "actors/runtime/model/vocabulary.hpp"

namespace usher {

// Accepted with no events: the command asks for what is already so (a retry is not an error).
template <class Event, class Effect>
struct Accepted {
  std::vector<Event> events;
  std::vector<Effect> effects;
};

template <class Event, class Effect>
using Decided = tl::expected<Accepted<Event, Effect>, Rejection>;

[[nodiscard]] inline tl::unexpected<Rejection> reject(Rejection why) {
  return tl::unexpected<Rejection>{why};
}

}  // namespace usher
