// The smallest application: counters, some of which want to be reminded. For specifications of the
// runtime's own actors, which link no application.
#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "actors/runtime/application.hpp"
#include "actors/runtime/codec/forms.hpp"
#include "actors/runtime/codec/stream_name.hpp"
#include "actors/runtime/model/decision.hpp"
#include "actors/runtime/model/reminder.hpp"
#include "actors/runtime/projections/replay.hpp"
#include "actors/runtime/runtime_node.hpp"
#include "persistence/memory_store.hpp"
#include "tests/support/turn_by_turn.hpp"

namespace usher {

enum class ReminderName : std::uint8_t { alarm = 1, effect = 2 };

}  // namespace usher

namespace usher::counters {

using CounterId = Id<struct CounterTag>;

struct Counter {
  using Key = CounterId;
  struct Add {
    std::int64_t amount = 0;  // 0: nothing happens
    TimeMs alarm = 0;         // wants to be reminded then; 0: does not
  };
  struct Remind {  // counts one, and ends the wish
    ReminderName name;
  };
  using Command = std::variant<Add, Remind>;
  struct Added {
    std::int64_t amount = 0;
    TimeMs alarm = 0;
    bool operator==(const Added&) const = default;
  };
  using Event = std::variant<Added>;
  struct State {
    std::int64_t total = 0;
    TimeMs alarm = 0;
    bool operator==(const State&) const = default;
  };
  using Effect = std::monostate;
  using Decision = Decided<Event, Effect>;

  static Decision decide(const State* state, const Command& command, TimeMs) {
    if (const auto* add = std::get_if<Add>(&command)) {
      if (add->amount == 0) {
        if (!state) return reject(rejections::not_found);
        return Accepted<Event, Effect>{};
      }
      return Accepted<Event, Effect>{{Added{add->amount, add->alarm}}, {}};
    }
    if (!state || state->alarm == 0) return Accepted<Event, Effect>{};
    return Accepted<Event, Effect>{{Added{1, 0}}, {}};
  }
  static State evolve(const State* state, const Event& event) {
    const auto& added = std::get<Added>(event);
    return {(state ? state->total : 0) + added.amount, added.alarm};
  }
  static std::vector<Reminder> reminders(const State& state) {
    if (state.alarm == 0) return {};
    return {{ReminderName::alarm, state.alarm}};
  }
};

inline auto fields(As<Counter::Added> auto& x) { return std::tie(x.amount, x.alarm); }
// The counters are old: at first nobody could be reminded, and amounts were counted in tens. Then
// they were single, still without an alarm.
struct AddedV1 {
  std::int64_t tens = 0;
};
struct AddedV2 {
  std::int64_t amount = 0;
};
inline auto fields(As<AddedV1> auto& x) { return std::tie(x.tens); }
inline auto fields(As<AddedV2> auto& x) { return std::tie(x.amount); }
inline AddedV2 lifted(AddedV1 old) { return {10 * old.tens}; }
inline Counter::Added lifted(AddedV2 old) { return {old.amount, 0}; }
inline auto fields(As<Counter::State> auto& x) { return std::tie(x.total, x.alarm); }
inline std::string stream_of(const CounterId& id) { return stream_name('c', id.bytes()); }
inline Slot slot_of(const CounterId& id) { return id.slot(); }
NewRecord encode(const Counter::Event& event);
std::string encode_state(const Counter::State& state);

}  // namespace usher::counters

namespace usher {

template <>
struct RecordForm<counters::Counter::Added> {
  static constexpr std::uint16_t type = 1;
};
template <>
struct Earlier<counters::Counter::Added> : EarlierForms<counters::AddedV1, counters::AddedV2> {};
template <>
struct Earlier<counters::Counter::State> : EarlierForms<Forgotten> {};  // it had no alarm
template <>
inline constexpr char stream_kind<counters::Counter> = 'c';
template <>
inline std::optional<counters::CounterId> key_of<counters::Counter>(std::string_view stream) {
  return id_of_stream<counters::CounterId>('c', stream);
}
template <>
inline tl::expected<counters::Counter::Event, CodecError> decode_event<counters::Counter>(
    std::uint16_t type, std::uint16_t schema, std::string_view payload) {
  return decode_any(std::type_identity<counters::Counter::Event>{}, type, schema, payload);
}
template <>
inline tl::expected<counters::Counter::State, CodecError> decode_state<counters::Counter>(
    std::string_view bytes) {
  return decode_state_fields<counters::Counter::State>(bytes);
}
template <>
struct Hosted<counters::Counter> : HostedPlainly<counters::Counter> {};

}  // namespace usher

namespace usher::counters {

inline NewRecord encode(const Counter::Event& event) { return encode_event(event); }
inline std::string encode_state(const Counter::State& state) { return encode_state_fields(state); }

struct Counters {
  using Aggregates = AggregateList<Counter>;
  struct Tally : ReplayCounts {};
  static void check(const ReplayedShard<Counters>&, Tally&, const ReplayReport&) {}
};

// A disk, its journal and what actors share, on the test's thread.
struct Bench {
  explicit Bench(RuntimeOptions wanted = {}) : options(simulated(wanted)) {
    JournalOptions journal_options;
    journal_options.shard_count = options.shard_count;
    journal_options.clock_us = [this] { return turns.clock().now_us(); };
    journal = *Journal::open(store, journal_options);
  }
  ~Bench() { turns.end_all(); }

  static RuntimeOptions simulated(RuntimeOptions options) {
    options.simulated = true;
    options.shard_count = 1;
    return options;
  }
  [[nodiscard]] TimeMs now() const { return turns.clock().now_ms(); }

  RuntimeOptions options;
  std::shared_ptr<MemoryDisk> disk = std::make_shared<MemoryDisk>();
  MemoryStore store{disk};
  testing::TurnByTurn turns;
  std::unique_ptr<Journal> journal;
  Gauges gauges;
};

}  // namespace usher::counters
