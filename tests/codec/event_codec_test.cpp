// Round trips, and what is not a value (actors/market/codec/event_codec.hpp).
#include "actors/market/codec/event_codec.hpp"

#include <doctest/doctest.h>

#include <initializer_list>

#include "tests/codec/random_values.hpp"

using namespace usher;
using namespace usher::test;

TEST_CASE_TEMPLATE("any event is read as it was written", A, Ticket, Order, Account, RequestKey) {
  Dice dice{1};
  for (int i = 0; i < 2'000; ++i) {
    CAPTURE(i);
    const auto event = any_event(std::type_identity<A>{}, dice);
    const NewRecord record = encode(event);
    const auto read = decode_event<A>(record.type, record.schema, record.payload);
    REQUIRE(read.has_value());
    CHECK((*read == event));
  }
}

TEST_CASE_TEMPLATE("any state is read as it was written", A, Ticket, Order, Account, RequestKey) {
  Dice dice{2};
  for (int i = 0; i < 2'000; ++i) {
    CAPTURE(i);
    const auto state = any_state(std::type_identity<A>{}, dice);
    const auto read = decode_state<A>(encode_state(state));
    REQUIRE(read.has_value());
    CHECK((*read == state));
  }
}

TEST_CASE_TEMPLATE("an event that is cut or continued is malformed", A, Ticket, Order, Account,
                   RequestKey) {
  Dice dice{3};
  for (int i = 0; i < 50; ++i) {
    const NewRecord record = encode(any_event(std::type_identity<A>{}, dice));
    for (std::size_t size = 0; size < record.payload.size(); ++size) {
      CAPTURE(size);
      const auto cut = decode_event<A>(record.type, record.schema, record.payload.substr(0, size));
      REQUIRE_FALSE(cut.has_value());
      CHECK(cut.error() == CodecError::malformed);
    }
    for (const char more : {'\0', 'x'}) {
      const auto continued = decode_event<A>(record.type, record.schema, record.payload + more);
      REQUIRE_FALSE(continued.has_value());
      CHECK(continued.error() == CodecError::malformed);
    }
  }
}

TEST_CASE_TEMPLATE("a state that is cut or continued is malformed", A, Ticket, Order, Account,
                   RequestKey) {
  Dice dice{4};
  for (int i = 0; i < 20; ++i) {
    const std::string bytes = encode_state(any_state(std::type_identity<A>{}, dice));
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      CAPTURE(size);
      const auto cut = decode_state<A>(bytes.substr(0, size));
      REQUIRE_FALSE(cut.has_value());
      CHECK(cut.error() == CodecError::malformed);
    }
    const auto continued = decode_state<A>(bytes + '\0');
    REQUIRE_FALSE(continued.has_value());
    CHECK(continued.error() == CodecError::malformed);
  }
}

TEST_CASE_TEMPLATE("a schema version from the future is refused, not guessed at", A, Ticket, Order,
                   Account, RequestKey) {
  Dice dice{5};
  const NewRecord record = encode(any_event(std::type_identity<A>{}, dice));
  for (const std::uint16_t schema : std::initializer_list<std::uint16_t>{0, 3, 255, 65'535}) {
    const auto read = decode_event<A>(record.type, schema, record.payload);
    REQUIRE_FALSE(read.has_value());
    CHECK(read.error() == CodecError::unknown_schema);
  }
  std::string state = encode_state(any_state(std::type_identity<A>{}, dice));
  for (const int schema : {0, 3, 255}) {  // some have a second one
    state.front() = static_cast<char>(schema);
    const auto read = decode_state<A>(state);
    REQUIRE_FALSE(read.has_value());
    CHECK(read.error() == CodecError::unknown_schema);
  }
}

TEST_CASE("the events of one kind of aggregate are unknown to the others") {
  Dice dice{6};
  const NewRecord record = encode(any_event(std::type_identity<Ticket>{}, dice));
  CHECK(decode_event<Order>(record.type, 1, record.payload).error() == CodecError::unknown_type);
  CHECK(decode_event<Account>(record.type, 1, record.payload).error() == CodecError::unknown_type);
  CHECK(decode_event<RequestKey>(record.type, 1, record.payload).error() ==
        CodecError::unknown_type);
  for (const std::uint16_t type : std::initializer_list<std::uint16_t>{0, 6, 15, 16, 65'535})
    CHECK(decode_event<Ticket>(type, 1, record.payload).error() == CodecError::unknown_type);
}

TEST_CASE("a number outside its enum is malformed") {
  const Order::Cancelled cancelled{UserId{"b"}, {}, Order::Reason::expired, 1};
  const NewRecord record = encode(Order::Event{cancelled});
  const std::size_t reason_at = 2 + TicketId::size;  // behind the buyer "b" and the ticket
  for (int number = 0; number < 256; ++number) {
    CAPTURE(number);
    std::string payload = record.payload;
    payload[reason_at] = static_cast<char>(number);
    const auto read = decode_event<Order>(record.type, 1, payload);
    CHECK(read.has_value() == (number == 1 || number == 2));
  }
}

TEST_CASE("a flag is 0 or 1") {
  const Ticket::State state{{}, 0, Ticket::Hold{{}, 0, true}};
  std::string bytes = encode_state(state);
  CHECK(bytes.back() == 1);
  bytes.back() = 2;
  CHECK(decode_state<Ticket>(bytes).error() == CodecError::malformed);
}

TEST_CASE("a forged length or count asks for no memory") {
  std::string bytes = encode_state(Order::State{});
  REQUIRE(bytes.back() == 0);  // no payments
  bytes.pop_back();
  bytes += "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01";  // 2^64 - 1 payments
  CHECK(decode_state<Order>(bytes).error() == CodecError::malformed);
  CHECK(decode_event<Ticket>(1, 1, "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01").error() ==
        CodecError::malformed);
}
