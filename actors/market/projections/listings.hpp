// Lists, read from the journal's views. Blocks on the disk: for readers.
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

// Orders with money in doubt, the oldest doubt first: they are the reminders about money that are
// due by `now`.
[[nodiscard]] Answered<Page<UnsettledRow>> list_unsettled(const Journal& journal,
                                                          const PageRequest& page, TimeMs now);

}  // namespace usher
