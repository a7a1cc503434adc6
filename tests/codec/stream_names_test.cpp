// Names of streams and the slots that decide their shards. They are on the disk: never change them.
#include <doctest/doctest.h>

#include "actors/market/codec/event_codec.hpp"
#include "tests/codec/random_values.hpp"

using namespace usher;
using namespace usher::test;

TEST_CASE("a stream is named by its kind and its key's bytes") {
  const auto id = *TicketId::parse("41424344beef454647484950");
  CHECK(stream_of(id) ==
        "tABCD\xBE\xEF"
        "EFGHIP");
  CHECK(stream_of(OrderId{id.bytes()}) ==
        "oABCD\xBE\xEF"
        "EFGHIP");
  CHECK(stream_of(Email{"zoë@example.com"}) == "azoë@example.com");
  const RequestKeyId key{{0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4A, 0x4B, 0x4C,
                          0x4D, 0x4E, 0x4F, 0x50}};
  CHECK(stream_of(key) == "kABCDEFGHIJKLMNOP");
}

TEST_CASE("the key is read back from the stream's name") {
  Dice dice{1};
  for (int i = 0; i < 1'000; ++i) {
    const auto ticket = any_id<TicketId>(dice);
    const auto order = any_id<OrderId>(dice);
    const Email email{any_text(dice)};
    const RequestKeyId key{any_bytes<16>(dice)};
    CHECK(key_of<Ticket>(stream_of(ticket)) == ticket);
    CHECK(key_of<Order>(stream_of(order)) == order);
    CHECK((key_of<Account>(stream_of(email)) == email));
    CHECK((key_of<RequestKey>(stream_of(key)) == key));
  }
}

TEST_CASE("the name of another kind, or of another length, is no key") {
  const TicketId id = *TicketId::parse("41424344beef454647484950");
  const std::string ticket = stream_of(id);
  CHECK_FALSE(key_of<Order>(ticket).has_value());
  CHECK_FALSE(key_of<Account>(ticket).has_value());
  CHECK_FALSE(key_of<RequestKey>(ticket).has_value());
  CHECK_FALSE(key_of<Ticket>("a" + ticket.substr(1)).has_value());
  CHECK_FALSE(key_of<Ticket>(ticket + "x").has_value());
  CHECK_FALSE(key_of<Ticket>(ticket.substr(0, ticket.size() - 1)).has_value());
  for (const std::string name : {"", "t", "o", "k"}) {
    CHECK_FALSE(key_of<Ticket>(name).has_value());
    CHECK_FALSE(key_of<Order>(name).has_value());
    CHECK_FALSE(key_of<Account>(name).has_value());
    CHECK_FALSE(key_of<RequestKey>(name).has_value());
  }
}

TEST_CASE("a thing's slot comes from its key; an order has the slot of its ticket") {
  const auto ticket = TicketId::mint(0, 0xBEEF, 1);
  CHECK(slot_of(ticket) == 0xBEEF);
  CHECK(slot_of(OrderId::mint(5'000, ticket.slot(), 2)) == slot_of(ticket));
  CHECK(slot_of(Email{"foobar"}) == (0xBF9C ^ 0xF968));
  CHECK(slot_of(RequestKeyId{{0xBE, 0xEF, 1, 2}}) == 0xBEEF);
}
