// Damaged bytes are told apart from values, or are the bytes of another value; nothing else
// happens. (Run with the address sanitizer this also proves that no reader leaves its input.)
#include <doctest/doctest.h>

#include "tests/codec/random_values.hpp"

using namespace usher;
using namespace usher::test;

namespace {

// Whatever decodes must encode to the very same bytes: a value has one form (in the newest schema;
// what is read of an older one is lifted, and stays what it is from then on).
template <class A>
bool reads_as_event(std::uint16_t type, std::uint16_t schema, const std::string& payload) {
  const auto event = decode_event<A>(type, schema, payload);
  if (!event) return false;
  const NewRecord again = encode(*event);
  CHECK(again.type == type);
  if (again.schema == schema) CHECK((again.payload == payload));
  CHECK((decode_event<A>(again.type, again.schema, again.payload) == event));
  return true;
}

template <class A>
bool reads_as_state(const std::string& bytes) {
  const auto state = decode_state<A>(bytes);
  if (!state) return false;
  const std::string again = encode_state(*state);
  if (again.front() == bytes.front()) CHECK((again == bytes));
  CHECK((decode_state<A>(again) == state));
  return true;
}

void damage(std::string& bytes, Dice& dice) {
  if (bytes.empty()) return;
  const std::size_t at = dice.below(bytes.size());
  switch (dice.below(5)) {
    case 0:
      bytes[at] = static_cast<char>(bytes[at] ^ (1 << dice.below(8)));
      break;
    case 1:
      bytes[at] = static_cast<char>(dice.bits());
      break;
    case 2:
      bytes.erase(at, dice.below(4) + 1);
      break;
    case 3:
      bytes.insert(at, dice.bytes(4));
      break;
    default:
      bytes.resize(at);
      break;
  }
}

}  // namespace

TEST_CASE_TEMPLATE("random bytes crash no decoder", A, Ticket, Order, Account, RequestKey) {
  Dice dice{1};
  int refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    CAPTURE(i);
    std::string bytes = dice.bytes(120);
    const auto type = static_cast<std::uint16_t>(dice.below(64));
    refused +=
        reads_as_event<A>(type, static_cast<std::uint16_t>(1 + dice.below(2)), bytes) ? 0 : 1;
    bytes.insert(bytes.begin(), '\1');  // a known schema, or every state would end there
    refused += reads_as_state<A>(bytes) ? 0 : 1;
  }
  CHECK(refused > 39'000);
}

TEST_CASE_TEMPLATE("damaged events crash no decoder and are never read as something impossible", A,
                   Ticket, Order, Account, RequestKey) {
  Dice dice{2};
  int read = 0;
  int refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    CAPTURE(i);
    NewRecord record = encode(any_event(std::type_identity<A>{}, dice));
    for (std::size_t times = dice.below(3) + 1; times > 0; --times) damage(record.payload, dice);
    ++(reads_as_event<A>(record.type, record.schema, record.payload) ? read : refused);
  }
  CHECK(read > 100);  // a flipped bit in a title is still a title: the journal's checksum finds it
  CHECK(refused > 1'000);
}

TEST_CASE_TEMPLATE("damaged states crash no decoder and are never read as something impossible", A,
                   Ticket, Order, Account, RequestKey) {
  Dice dice{3};
  int read = 0;
  int refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    CAPTURE(i);
    std::string bytes = encode_state(any_state(std::type_identity<A>{}, dice));
    for (std::size_t times = dice.below(3) + 1; times > 0; --times) damage(bytes, dice);
    ++(reads_as_state<A>(bytes) ? read : refused);
  }
  CHECK(read > 100);
  CHECK(refused > 1'000);
}
