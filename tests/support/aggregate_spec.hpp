// given / when / then for aggregates:
//
//   given<Ticket>({created}).when(Ticket::Release{order, ended_at}, now).then({released});
//
// A failure names the line of the specification, not the line in here.
#pragma once

#include <doctest/doctest.h>

#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "actors/runtime/model/decision.hpp"
#include "actors/runtime/model/reminder.hpp"

namespace usher::test {

// Where a specification stands. (Not std::source_location: Clang 14 has none with this library.)
struct Here {
  const char* file;
  int line;
  static Here current(const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
    return {file, line};
  }
  [[nodiscard]] std::string text() const { return file + (":" + std::to_string(line)); }
};

// The state after a history; nullopt after none.
template <class A>
std::optional<typename A::State> evolved(std::optional<typename A::State> state,
                                         const std::vector<typename A::Event>& events) {
  for (const auto& event : events) state = A::evolve(state ? &*state : nullptr, event);
  return state;
}

// For failure messages: "accepted, events #1 #4, effects #0" (numbers in their variants).
template <class Decision>
std::string described(const Decision& decision) {
  if (!decision) return "rejected: " + std::string{name_of(decision.error())};
  std::ostringstream text;
  text << "accepted, events";
  for (const auto& event : decision->events) text << " #" << event.index();
  text << ", effects " << decision->effects.size();
  return text.str();
}

template <class A>
class Outcome {
 public:
  Outcome(const std::optional<typename A::State>& before, typename A::Decision decision)
      : decision_(std::move(decision)) {
    after_ = decision_ ? evolved<A>(before, decision_->events) : before;
  }

  // Accepted with exactly these events.
  const Outcome& then(const std::vector<typename A::Event>& expected,
                      Here here = Here::current()) const {
    INFO("specified in ", here.text(), ", was ", described(decision_));
    CHECK(decision_.has_value());
    if (decision_) CHECK((decision_->events == expected));
    return *this;
  }

  // Accepted, because it is already so: no event and no effect.
  const Outcome& then_nothing(Here here = Here::current()) const {
    return then({}, here).then_effects({}, here);
  }

  const Outcome& then_effects(const std::vector<typename A::Effect>& expected,
                              Here here = Here::current()) const {
    INFO("specified in ", here.text(), ", was ", described(decision_));
    CHECK(decision_.has_value());
    if (decision_) CHECK((decision_->effects == expected));
    return *this;
  }

  const Outcome& then_rejected(Rejection why, Here here = Here::current()) const {
    INFO("specified in ", here.text(), ", was ", described(decision_), ", expected ", name_of(why));
    CHECK((!decision_.has_value() && decision_.error() == why));
    return *this;
  }

  // What the aggregate wants to be reminded of once the events have happened.
  const Outcome& then_reminders(const std::vector<Reminder>& expected,
                                Here here = Here::current()) const {
    INFO("specified in ", here.text());
    CHECK(after_.has_value());
    if (after_) CHECK((A::reminders(*after_) == expected));
    return *this;
  }

 private:
  typename A::Decision decision_;
  std::optional<typename A::State> after_;
};

template <class A>
class Given {
 public:
  explicit Given(std::optional<typename A::State> state) : state_(std::move(state)) {}

  [[nodiscard]] Outcome<A> when(const typename A::Command& command, TimeMs now) const {
    return {state_, A::decide(state_ ? &*state_ : nullptr, command, now)};
  }
  // The same history and then these.
  [[nodiscard]] Given and_then(const std::vector<typename A::Event>& events) const {
    return Given{evolved<A>(state_, events)};
  }
  const Given& then_reminders(const std::vector<Reminder>& expected,
                              Here here = Here::current()) const {
    INFO("specified in ", here.text());
    CHECK(state_.has_value());
    if (state_) CHECK((A::reminders(*state_) == expected));
    return *this;
  }
  [[nodiscard]] const typename A::State& state() const { return state_.value(); }

 private:
  std::optional<typename A::State> state_;
};

template <class A>
Given<A> given(const std::vector<typename A::Event>& history) {
  return Given<A>{evolved<A>(std::nullopt, history)};
}

template <class A>
Given<A> given_nothing() {
  return Given<A>{std::nullopt};
}

}  // namespace usher::test
