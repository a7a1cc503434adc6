#include "actors/market/projections/listings.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "actors/market/codec/event_codec.hpp"
#include "actors/runtime/projections/page_of_rows.hpp"
#include "actors/runtime/projections/stored_state.hpp"
#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "base/text.hpp"

namespace usher {
namespace {

tl::unexpected<Refusal> unavailable() {
  return tl::unexpected(Refusal{Failure::unavailable, 0, {}});
}

// A cursor is the key of the last row, in hex: opaque outside, and good in a URL.
// Reads rows until the page is full, one more row was seen, or `rows_max` rows were looked at.
// A cursor that is none of ours starts nowhere: an empty page.
template <class A, class R, class Accept>
Answered<Page<R>> read_page(const Journal& journal, RowQuery query, const PageRequest& request,
                            std::size_t rows_max, Accept accept) {
  if (request.after) {
    query.after = from_hex(*request.after);
    if (!query.after || !query.after->starts_with(query.prefix)) return Page<R>{};
  }
  Page<R> page;
  std::size_t looked_at = 0;
  const auto is_full = [&] { return page.rows.size() >= request.limit || looked_at >= rows_max; };
  const auto last = read_page_of<A>(journal, query, is_full, [&](const Row&, RowState<A>&& found) {
    ++looked_at;
    R row{found.key, found.version, std::move(found.state)};
    if (accept(row)) page.rows.push_back(std::move(row));
  });
  if (!last) return unavailable();
  if (*last) page.next = to_hex(**last);
  return page;
}

}  // namespace

Answered<Page<TicketRow>> list_tickets_for_sale(const Journal& journal, const TicketSearch& search,
                                                std::size_t rows_max) {
  const bool by_price = search.sort == TicketSort::cheapest || search.sort == TicketSort::dearest;
  const bool descending = search.sort == TicketSort::newest || search.sort == TicketSort::dearest;
  RowQuery query;
  query.view =
      static_cast<std::uint8_t>(by_price ? View::for_sale_by_price : View::for_sale_by_time);
  query.direction = descending ? Direction::descending : Direction::ascending;
  const std::string wanted = folded(search.text);
  const std::size_t most = wanted.empty() ? std::numeric_limits<std::size_t>::max() : rows_max;
  return read_page<Ticket, TicketRow>(
      journal, std::move(query), search.page, most, [&](const TicketRow& row) {
        return wanted.empty() || contains_folded(row.state.listing.title, wanted);
      });
}

Answered<Page<TicketRow>> list_tickets_of(const Journal& journal, const UserId& owner,
                                          const PageRequest& page) {
  RowQuery query;
  query.view = static_cast<std::uint8_t>(View::tickets_by_owner);
  query.prefix = owner_prefix(owner);
  return read_page<Ticket, TicketRow>(journal, std::move(query), page,
                                      std::numeric_limits<std::size_t>::max(),
                                      [](const TicketRow&) { return true; });
}

Answered<Page<OrderRow>> list_orders_of(const Journal& journal, const UserId& buyer,
                                        const PageRequest& page) {
  RowQuery query;
  query.view = static_cast<std::uint8_t>(View::orders_by_buyer);
  query.prefix = owner_prefix(buyer);
  return read_page<Order, OrderRow>(journal, std::move(query), page,
                                    std::numeric_limits<std::size_t>::max(),
                                    [](const OrderRow&) { return true; });
}

std::optional<std::vector<OrderId>> live_orders_of(const Journal& journal, const UserId& buyer) {
  PageRequest all;
  all.limit = std::numeric_limits<std::size_t>::max();
  std::vector<OrderId> live;
  RowQuery query;
  query.view = static_cast<std::uint8_t>(View::orders_by_buyer);
  query.prefix = owner_prefix(buyer);
  const auto read = read_page<Order, OrderRow>(journal, std::move(query), all,
                                               std::numeric_limits<std::size_t>::max(),
                                               [&live](const OrderRow& row) {
                                                 if (!row.state.has_ended()) live.push_back(row.id);
                                                 return false;  // not for a page
                                               });
  if (!read) return std::nullopt;
  return live;
}

namespace {

constexpr std::size_t reminder_page = 512;

std::string cursor_of(const ReminderKey& key) {
  return to_hex(ByteWriter{}.sorted_i64(key.due).u8(key.name).raw(key.stream).view());
}
std::optional<ReminderKey> reminder_at(std::string_view cursor) {
  const auto bytes = from_hex(cursor);
  if (!bytes) return std::nullopt;
  ByteReader in{*bytes};
  ReminderKey key;
  key.due = in.sorted_i64();
  key.name = in.u8();
  key.stream = std::string{in.rest()};
  return in.ok() ? std::optional{std::move(key)} : std::nullopt;
}

// At most `limit` of one shard, behind `after`. false: they cannot be read.
bool collect_unsettled(const Journal& journal, ShardNumber shard, std::optional<ReminderKey> after,
                       TimeMs now, std::size_t limit,
                       std::vector<std::pair<ReminderKey, ShardNumber>>& out) {
  for (std::size_t found = 0; found < limit;) {
    const auto reminders = journal.read_reminders(shard, after, now, reminder_page);
    if (!reminders) return false;
    for (const auto& key : *reminders) {
      if (!is_about_money(static_cast<ReminderName>(key.name))) continue;
      out.emplace_back(key, shard);
      if (++found == limit) return true;
    }
    if (reminders->size() < reminder_page) return true;
    after = reminders->back();
  }
  return true;
}

}  // namespace

Answered<Page<UnsettledRow>> list_unsettled(const Journal& journal, const PageRequest& request,
                                            TimeMs now) {
  std::optional<ReminderKey> after;
  if (request.after && !(after = reminder_at(*request.after))) return Page<UnsettledRow>{};
  std::vector<std::pair<ReminderKey, ShardNumber>> found;
  for (ShardNumber shard = 0; shard < journal.shard_count(); ++shard)
    if (!collect_unsettled(journal, shard, after, now, request.limit + 1, found))
      return unavailable();
  std::sort(found.begin(), found.end());
  Page<UnsettledRow> page;
  for (const auto& [key, shard] : found) {
    if (page.rows.size() == request.limit) {
      page.next = cursor_of(after.value());
      break;
    }
    after = key;
    const auto id = key_of<Order>(key.stream);
    if (!id) return unavailable();
    const auto order = stored_aggregate<Order>(journal, shard, *id);
    if (!order || !order->state) return unavailable();
    page.rows.push_back({*id, key.due, static_cast<ReminderName>(key.name), *order->state});
  }
  return page;
}

}  // namespace usher
