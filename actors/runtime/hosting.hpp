// What the runtime has to know of an aggregate beside its rules (model/) and its bytes (codec/). An
// application specialises Hosted<A> for each of its aggregates, deriving from HostedPlainly<A>, and
// says there what is otherwise:
//
//   template <>
//   struct Hosted<Post> : HostedPlainly<Post> {
//     static std::vector<ViewRow> rows(const PostId& id, const Post::State& post);
//   };
#pragma once

#include <optional>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "actors/runtime/answers.hpp"
#include "actors/runtime/model/request_key.hpp"
#include "persistence/journal.hpp"

namespace usher {

class Outbox;

struct ViewRow {
  View view;
  std::string key;
  bool operator==(const ViewRow&) const = default;
};

// What goes into the append beside the aggregate's own events.
struct Derived {
  std::vector<StreamAppend> births;
  std::vector<ReminderChange> reminders;
  std::vector<RowChange> rows;
};

template <class A>
struct HostedPlainly {
  using Key = typename A::Key;
  using State = typename A::State;

  // Its first event may be in the append of another aggregate (derive_births), behind the back of
  // its own actor. So while it does not exist that actor believes nothing that it read earlier.
  static constexpr bool born_elsewhere = false;

  // The lists that it stands in: a function of its state, as its reminders are.
  static std::vector<ViewRow> rows(const Key&, const State&) { return {}; }

  // The aggregates that the event gives birth to, in the same append: their first records, rows and
  // reminders. They must live in the same shard.
  static void derive_births(const Key&, Version /*before*/, const typename A::Event&, Derived&) {}

  // The reminder of another aggregate that has been heard once the event is. Of the same shard.
  static std::optional<ReminderKey> clears_reminder(const typename A::Event&) {
    return std::nullopt;
  }

  // Sets off an effect. Called when the events that it follows from are durable, before anybody is
  // answered, on the aggregate's actor; again by whatever reminds of it.
  static void perform(const Outbox&, const Key&, const typename A::Effect&) {
    static_assert(std::is_same_v<typename A::Effect, std::monostate>,
                  "an aggregate with effects says what they do");
  }

  // How many of the newest events, with the first one, make the state what it is; 0: all of them
  // do. A page of a history that begins far from the start needs no others before it. What else
  // such an event carries of the state is taken over by take_what_it_carries.
  static constexpr Version state_follows_from = 0;
  static void take_what_it_carries(State&, const typename A::Event&) {}

  // What a rejection tells the caller beyond its name.
  static void explain(Refusal&, const State*, const typename A::Command&) {}
};

template <class A>
struct Hosted;

template <>
struct Hosted<RequestKey> : HostedPlainly<RequestKey> {};

}  // namespace usher
