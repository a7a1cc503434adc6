#include "actors/market/projections/rows.hpp"

#include "base/bytes.hpp"

namespace usher {
namespace {

// Things of one millisecond stand in the order in which their ids were drawn.
template <class I>
void write_creation(ByteWriter& key, TimeMs created_at, const I& id) {
  const auto drawn = id.by_time();
  key.sorted_i64(created_at).raw({reinterpret_cast<const char*>(drawn.data()), drawn.size()});
}

}  // namespace

std::string owner_prefix(const UserId& user) {
  ByteWriter writer;
  writer.text(user.text);
  return writer.take();
}

std::vector<ViewRow> rows_of(const TicketId& id, const Ticket::State& state) {
  std::vector<ViewRow> rows;
  if (state.is_for_sale()) {
    ByteWriter by_time;
    write_creation(by_time, state.created_at, id);
    rows.push_back({View::for_sale_by_time, by_time.take()});
    ByteWriter by_price;
    by_price.sorted_i64(state.listing.price.minor);
    write_creation(by_price, state.created_at, id);
    rows.push_back({View::for_sale_by_price, by_price.take()});
  }
  ByteWriter by_owner;
  by_owner.text(state.listing.owner.text);
  write_creation(by_owner, state.created_at, id);
  rows.push_back({View::tickets_by_owner, by_owner.take()});
  return rows;
}

std::vector<ViewRow> rows_of(const OrderId& id, const Order::State& state) {
  ByteWriter by_buyer;
  by_buyer.text(state.buyer.text);
  write_creation(by_buyer, state.placed_at, id);
  return {{View::orders_by_buyer, by_buyer.take()}};
}

}  // namespace usher
