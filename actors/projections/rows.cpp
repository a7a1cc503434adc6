#include "actors/projections/rows.hpp"

#include <algorithm>

#include "persistence/bytes.hpp"

namespace usher {
namespace {

template <class Tag>
std::string_view bytes_of(const Id<Tag>& id) {
  return {reinterpret_cast<const char*>(id.bytes().data()), id.bytes().size()};
}

// Things of one millisecond stand in the order in which their ids were drawn.
template <class I>
void write_creation(ByteWriter& key, TimeMs created_at, const I& id) {
  const auto drawn = id.by_time();
  key.sorted_i64(created_at).raw({reinterpret_cast<const char*>(drawn.data()), drawn.size()});
}

template <class I>
I read_id(ByteReader& reader) {
  typename I::Bytes bytes{};
  const auto raw = reader.raw(I::size);
  if (raw.size() == I::size) std::copy(raw.begin(), raw.end(), bytes.begin());
  return I{bytes};
}

// Value: the id, the version, the state as the codec writes it.
template <class I, class S>
std::string row_value(const I& id, Version version, const S& state) {
  ByteWriter writer;
  writer.raw(bytes_of(id)).varint(version).raw(encode_state(state));
  return writer.take();
}

template <class R, class A>
std::optional<R> read_row(std::string_view value) {
  ByteReader reader{value};
  R row;
  row.id = read_id<typename A::Key>(reader);
  row.version = reader.varint();
  if (!reader.ok()) return std::nullopt;
  auto state = decode_state<A>(reader.rest());
  if (!state) return std::nullopt;
  row.state = *std::move(state);
  return row;
}

}  // namespace

std::string owner_prefix(const UserId& user) {
  ByteWriter writer;
  writer.text(user.text);
  return writer.take();
}

std::vector<ViewRow> rows_of(const TicketId& id, Version version, const Ticket::State& state) {
  std::vector<ViewRow> rows;
  const auto value = row_value(id, version, state);
  if (state.is_for_sale()) {
    ByteWriter by_time;
    write_creation(by_time, state.created_at, id);
    rows.push_back({View::for_sale_by_time, by_time.take(), value});
    ByteWriter by_price;
    by_price.sorted_i64(state.listing.price.minor);
    write_creation(by_price, state.created_at, id);
    rows.push_back({View::for_sale_by_price, by_price.take(), value});
  }
  ByteWriter by_owner;
  by_owner.text(state.listing.owner.text);
  write_creation(by_owner, state.created_at, id);
  rows.push_back({View::tickets_by_owner, by_owner.take(), value});
  return rows;
}

std::vector<ViewRow> rows_of(const OrderId& id, Version version, const Order::State& state) {
  ByteWriter by_buyer;
  by_buyer.text(state.buyer.text);
  write_creation(by_buyer, state.placed_at, id);
  return {{View::orders_by_buyer, by_buyer.take(), row_value(id, version, state)}};
}

std::optional<TicketRow> ticket_row(std::string_view value) {
  return read_row<TicketRow, Ticket>(value);
}

std::optional<OrderRow> order_row(std::string_view value) {
  return read_row<OrderRow, Order>(value);
}

}  // namespace usher
