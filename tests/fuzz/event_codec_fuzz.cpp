// Events, states and names of streams as they lie in the journal. Any bytes: they are refused, or
// they are exactly what the writer writes for the value that was read.
// An input is a record type and a schema version (two bytes each), then the payload.
#include <cstdint>
#include <cstdlib>

#include "actors/market/codec/event_codec.hpp"
#include "base/bytes.hpp"

namespace {

using namespace usher;

void demand(bool promise) {
  if (!promise) std::abort();
}

template <class A>
bool check_event(std::uint16_t type, std::uint16_t schema, std::string_view payload) {
  const auto event = decode_event<A>(type, schema, payload);
  if (!event) return false;
  const NewRecord again = encode(*event);
  // An old schema is lifted; what is written is the newest one.
  demand(again.type == type && again.schema >= schema);
  if (again.schema == schema) demand(again.payload == payload);
  const auto same = decode_event<A>(again.type, again.schema, again.payload);
  demand(same && *same == *event);
  return true;
}

template <class A>
void check_state(std::string_view bytes) {
  const auto state = decode_state<A>(bytes);
  if (!state) return;
  const auto again = encode_state(*state);
  if (again.front() == bytes.front()) demand(again == bytes);
  demand(decode_state<A>(again) == state);
}

template <class A>
bool check_name(std::string_view name) {
  const auto key = key_of<A>(name);
  if (key) demand(stream_of(*key) == name);
  return key.has_value();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  ByteReader reader{bytes};
  const std::uint16_t type = reader.u16();
  const std::uint16_t schema = reader.u16();
  const std::string_view payload = reader.rest();
  // A record belongs to one kind of aggregate, and so does a name.
  demand(check_event<Ticket>(type, schema, payload) + check_event<Order>(type, schema, payload) +
             check_event<Account>(type, schema, payload) +
             check_event<RequestKey>(type, schema, payload) <=
         1);
  demand(check_name<Ticket>(bytes) + check_name<Order>(bytes) + check_name<Account>(bytes) +
             check_name<RequestKey>(bytes) <=
         1);
  check_state<Ticket>(bytes);
  check_state<Order>(bytes);
  check_state<Account>(bytes);
  check_state<RequestKey>(bytes);
  return 0;
}
