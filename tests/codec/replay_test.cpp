// Replay equals live: whatever an aggregate lived through, its written events give the same state
// again, and so does its snapshot.
#include "actors/market/codec/event_codec.hpp"
#include "tests/domain/random_walk.hpp"

using namespace usher;
using namespace usher::test;

namespace {

template <class A>
class Replayed {
 public:
  explicit Replayed(std::optional<typename A::State> state) : state_(std::move(state)) {}

  void see(const Step<A>& step) {
    if (!step.decision) return;
    for (const auto& event : step.decision->events) {
      const NewRecord record = encode(event);
      const auto read = decode_event<A>(record.type, record.schema, record.payload);
      REQUIRE(read.has_value());
      state_ = A::evolve(state_ ? &*state_ : nullptr, *read);
      // Goes on from the snapshot, as a recovery does.
      const auto snapshot = decode_state<A>(encode_state(*state_));
      REQUIRE(snapshot.has_value());
      state_ = *snapshot;
    }
    REQUIRE((state_ == step.after));
    if (state_) CHECK((A::reminders(*state_) == A::reminders(*step.after)));
  }

 private:
  std::optional<typename A::State> state_;
};

}  // namespace

TEST_CASE("a ticket that is replayed after every event equals the live one") {
  for (Seed seed = 1; seed <= 100; ++seed) {
    CAPTURE(seed);
    Replayed<Ticket> replayed{std::nullopt};
    walk_ticket(seed, 60, [&](const Step<Ticket>& step) { replayed.see(step); });
  }
}

TEST_CASE("an order that is replayed after every event equals the live one") {
  for (Seed seed = 1; seed <= 100; ++seed) {
    CAPTURE(seed);
    Replayed<Order> replayed{walked_order()};
    walk_order(seed, 300, [&](const Step<Order>& step) { replayed.see(step); });
  }
}
