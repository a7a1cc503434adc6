// What was ever written can be read for ever: the bytes of every event and state, kept in golden/
// (tests/support/golden.hpp). A new event needs a sample and a file; a new schema version needs a
// second file and leaves the first one alone.
#include "tests/support/golden.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <map>
#include <set>

#include "tests/codec/samples.hpp"

using namespace usher;
using namespace usher::test;

namespace {

const std::filesystem::path golden_folder =
    std::filesystem::path{USHER_SOURCE_DIR} / "tests/codec/golden";

// Calls `check` with each kind of aggregate, as a null pointer of its type.
template <class Check>
void for_each_aggregate(Check check) {
  check(static_cast<const Ticket*>(nullptr));
  check(static_cast<const Order*>(nullptr));
  check(static_cast<const Account*>(nullptr));
  check(static_cast<const RequestKey*>(nullptr));
}

}  // namespace

TEST_CASE("every kind of event has a sample") {
  for_each_aggregate([]<class A>(const A* kind) {
    std::set<std::size_t> alternatives;
    for (const auto& [name, event] : samples(kind)) alternatives.insert(event.index());
    CHECK(alternatives.size() == std::variant_size_v<typename A::Event>);
  });
}

TEST_CASE("every kind of event has a record type of its own") {
  std::map<std::uint16_t, std::string> owners;
  for_each_aggregate([&]<class A>(const A* kind) {
    for (const auto& sample : samples(kind)) {
      CAPTURE(sample.first);
      CHECK(owners.emplace(encode(sample.second).type, sample.first).second);
    }
  });
}

TEST_CASE("every event is written and read as its golden files say, those of old schemas too") {
  std::set<std::string> read;
  for_each_aggregate([&]<class A>(const A* kind) {
    for (const auto& [name, event] : samples(kind))
      check_golden_event<A>(golden_folder / "events", name, event, read, as_of_schema);
  });
  check_all_read(golden_folder / "events", read);
}

TEST_CASE(
    "every state is written and read as its golden files say, field by field, those of old schemas "
    "too") {
  std::set<std::string> read;
  for_each_aggregate([&]<class A>(const A* kind) {
    for (const auto& [name, state] : state_samples(kind))
      check_golden_state<A>(golden_folder / "states", name, state, read, as_of_schema);
  });
  check_all_read(golden_folder / "states", read);
}
