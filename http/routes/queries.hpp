// The market's lists and the feed, awaited.
#pragma once

#include <utility>
#include <vector>

#include "http/requests/ask.hpp"

namespace usher::http {

inline asio::awaitable<Answered<Page<TicketRow>>> tickets_for_sale(Market& market,
                                                                   TicketSearch search) {
  auto start = [&market, search = std::move(search)](Callback<Page<TicketRow>> done) mutable {
    market.tickets_for_sale(std::move(search), std::move(done));
  };
  return answer_of<Page<TicketRow>>(std::move(start));
}

inline asio::awaitable<Answered<Page<TicketRow>>> tickets_of(Market& market, UserId owner,
                                                             PageRequest page) {
  auto start = [&market, owner = std::move(owner),
                page = std::move(page)](Callback<Page<TicketRow>> done) mutable {
    market.tickets_of(std::move(owner), std::move(page), std::move(done));
  };
  return answer_of<Page<TicketRow>>(std::move(start));
}

inline asio::awaitable<Answered<Page<OrderRow>>> orders_of(Market& market, UserId buyer,
                                                           PageRequest page) {
  auto start = [&market, buyer = std::move(buyer),
                page = std::move(page)](Callback<Page<OrderRow>> done) mutable {
    market.orders_of(std::move(buyer), std::move(page), std::move(done));
  };
  return answer_of<Page<OrderRow>>(std::move(start));
}

inline asio::awaitable<Answered<std::vector<FeedEntry>>> feed(Market& market, Piece piece) {
  auto start = [&market, piece = std::move(piece)](Callback<std::vector<FeedEntry>> done) mutable {
    market.feed(std::move(piece), std::move(done));
  };
  return answer_of<std::vector<FeedEntry>>(std::move(start));
}

}  // namespace usher::http
