// The messages between actors. They stay inside the process today (callbacks are not data); what
// crosses to other nodes later is the key and the command in them, which are plain values
// (docs/decisions/0006).
#pragma once

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/message.hpp>
#include <functional>
#include <list>
#include <string>
#include <variant>
#include <vector>

#include "actors/runtime/answers.hpp"
#include "persistence/journal.hpp"

namespace usher {

// To an aggregate, through its shard: decide, and answer when durable.
template <class A>
struct Ask {
  typename A::Key key;
  typename A::Command command;
  AskOptions options;
  // Set: an accepted command is answered when this holds, or at the deadline (Failure::unknown).
  std::function<bool(const Seen<A>&)> until;
  Callback<Seen<A>> done;
};

// To an aggregate, through its shard: what is durable now.
template <class A>
struct Get {
  typename A::Key key;
  TimeMs deadline = 0;
  Callback<Seen<A>> done;
};

// A caller whose command was accepted and who waits for the state to become something. Host ->
// shard, and to the host's successor, while the aggregate is not in memory.
template <class A>
struct Watch {
  std::function<bool(const Seen<A>&)> until;
  TimeMs deadline = 0;
  Callback<Seen<A>> done;
};

// How an aggregate goes. Shard -> aggregate: Passivate, leave when nothing is in flight; until then
// it is asked as before. Aggregate -> shard: Leaving, I look at nothing more. Shard -> aggregate:
// Farewell, behind which it sends nothing. Aggregate -> shard: Gone, with what came in between,
// which goes to its successor first: so messages never overtake each other.
struct Passivate {};
template <class A>
struct Leaving {
  typename A::Key key;
};
struct Farewell {};
template <class A>
struct Gone {
  typename A::Key key;
  std::list<std::variant<Ask<A>, Get<A>>> unheard;
  std::vector<Watch<A>> watching;
};

// Shard -> aggregate, when the journal has stalled: answer what waits past its deadline.
struct Overdue {
  TimeMs now = 0;
};

// Host -> journal actor, answered with AppendAnswer.
struct AppendRequest {
  Append append;
};
struct AppendAnswer {
  tl::expected<Appended, StorageError> outcome;
};

// To a worker pool: runs on one of its threads; the message it gives is the response.
struct Job {
  std::function<caf::message()> run;
  // Of a line in front of a pool (fair_line.hpp): who asks, and what is called with an estimate
  // when the job is refused.
  std::string client = {};
  std::function<void(DurationMs wait_ms)> refused = {};
  // Called by the pool, for whoever does not wait for the response, when `run` does not come back:
  // it may still be running.
  std::function<void()> abandoned = {};
};

// Host -> the shard's reminder actor, after the commit that changed them.
struct RemindersChanged {
  std::vector<ReminderChange> changes;
};
struct RemindersRead {
  tl::expected<std::vector<ReminderKey>, StorageError> reminders;
};
// Reminder actor -> shard -> the aggregate that wanted it.
struct Due {
  ReminderKey reminder;
};

// The outcome is a message, so that recovery can await it.
template <class A>
struct Recovered {
  tl::expected<Seen<A>, StorageError> outcome;  // version 0: does not exist
};

// Node -> shard, when everything is wired: begin, under this epoch, which is committed. Journal
// actor
// -> shard: it is led here again.
struct Start {
  Epoch epoch = 0;
};
// Journal actor -> shard -> aggregate: another node may lead the shard by now. Nothing is decided
// any more; what is in flight stays so.
struct Deposed {};
// Node -> journal actor, once, behind the start; then to itself.
struct CoreTick {};
struct Tick {};
struct Flush {};
struct Stop {};
struct Stopped {};

}  // namespace usher

template <class A>
struct caf::allowed_unsafe_message_type<usher::Ask<A>> : std::true_type {};
template <class A>
struct caf::allowed_unsafe_message_type<usher::Get<A>> : std::true_type {};
template <class A>
struct caf::allowed_unsafe_message_type<usher::Leaving<A>> : std::true_type {};
template <class A>
struct caf::allowed_unsafe_message_type<usher::Watch<A>> : std::true_type {};
template <class A>
struct caf::allowed_unsafe_message_type<usher::Gone<A>> : std::true_type {};
template <class A>
struct caf::allowed_unsafe_message_type<usher::Recovered<A>> : std::true_type {};
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(usher::Passivate)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(usher::Farewell)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(usher::Overdue)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(usher::AppendRequest)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(usher::AppendAnswer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(usher::Job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(usher::RemindersChanged)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(usher::RemindersRead)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(usher::Due)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(usher::Start)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(usher::Deposed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(usher::CoreTick)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(usher::Tick)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(usher::Flush)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(usher::Stop)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(usher::Stopped)
