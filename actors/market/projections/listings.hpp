// Lists and histories, read from the journal's views and streams. Blocks on the disk: for readers.
#pragma once

#include <string>
#include <vector>

#include "actors/market/market.hpp"
#include "actors/market/projections/rows.hpp"
#include "persistence/journal.hpp"

namespace usher {

// `rows_max`: rows looked at in one call when searching by text; the page then ends early, with a
// cursor to go on.
[[nodiscard]] Answered<Page<TicketRow>> list_tickets_for_sale(const Journal& journal,
                                                              const TicketSearch& search,
                                                              std::size_t rows_max);
// In order of creation.
[[nodiscard]] Answered<Page<TicketRow>> list_tickets_of(const Journal& journal, const UserId& owner,
                                                        const PageRequest& page);
[[nodiscard]] Answered<Page<OrderRow>> list_orders_of(const Journal& journal, const UserId& buyer,
                                                      const PageRequest& page);
// Those that count for the limit of what one buyer may hold; nullopt: they can't be read.
[[nodiscard]] std::optional<std::vector<OrderId>> live_orders_of(const Journal& journal,
                                                                 const UserId& buyer);

// The events behind version `after`, at most `limit`. An unknown aggregate: not_found.
template <class A>
Answered<std::vector<HistoryEntry<A>>> read_history(const Journal& journal, ShardNumber shard,
                                                    const typename A::Key& key, Version after,
                                                    std::size_t limit);
extern template Answered<std::vector<HistoryEntry<Ticket>>> read_history<Ticket>(
    const Journal&, ShardNumber, const TicketId&, Version, std::size_t);
extern template Answered<std::vector<HistoryEntry<Order>>> read_history<Order>(
    const Journal&, ShardNumber, const OrderId&, Version, std::size_t);

}  // namespace usher
