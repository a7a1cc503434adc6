// The market over the actors.
#pragma once

#include <caf/actor.hpp>
#include <memory>
#include <utility>

#include "actors/market/live_reservations.hpp"
#include "actors/market/market.hpp"
#include "actors/market/options.hpp"
#include "actors/market/workers/password.hpp"
#include "actors/runtime/door.hpp"

namespace usher {

class CafMarket final : public Market {
 public:
  // `live_per_buyer_max`: live orders that one buyer may have; 0: any number.
  CafMarket(const Runtime& runtime, const MarketOptions& options, caf::actor passwords,
            ScryptParameters scrypt, std::uint64_t id_seed, std::size_t live_per_buyer_max);

  TimeMs now() const override { return door_.runtime().clock.now_ms(); }
  TicketId new_ticket_id() override;
  OrderId new_order_id(Slot slot) override;
  PaymentId new_payment_id(Slot slot) override;

  void ask(TicketId id, Ticket::Command command, AskOptions options,
           Callback<Seen<Ticket>> done) override;
  void ask(OrderId id, Order::Command command, AskOptions options,
           Callback<Seen<Order>> done) override;
  void ask(Email id, Account::Command command, AskOptions options,
           Callback<Seen<Account>> done) override;
  void ask(RequestKeyId id, RequestKey::Command command, AskOptions options,
           Callback<Seen<RequestKey>> done) override;
  void pay(OrderId id, Order::StartPayment payment, AskOptions options,
           Callback<Seen<Order>> done) override;

  void get(TicketId id, TimeMs deadline, Callback<Seen<Ticket>> done) override;
  void get(OrderId id, TimeMs deadline, Callback<Seen<Order>> done) override;
  void get(Email id, TimeMs deadline, Callback<Seen<Account>> done) override;

  void tickets_for_sale(TicketSearch search, Callback<Page<TicketRow>> done) override;
  void tickets_of(UserId owner, PageRequest page, Callback<Page<TicketRow>> done) override;
  void orders_of(UserId buyer, PageRequest page, Callback<Page<OrderRow>> done) override;
  void unsettled(PageRequest page, Callback<Page<UnsettledRow>> done) override;
  void history(TicketId id, Piece piece, Callback<std::vector<HistoryEntry<Ticket>>> done) override;
  void history(OrderId id, Piece piece, Callback<std::vector<HistoryEntry<Order>>> done) override;
  void feed(Piece piece, Callback<std::vector<FeedEntry>> done) override;

  void hash_password(std::string password, Callback<std::string> done) override;
  void verify_password(std::string password, std::string hash, Callback<bool> done) override;

  // What was committed, in feed order: orders also end without anybody having asked for it.
  void see(const std::vector<FeedRecord>& records);

  // From now on everything is refused as unavailable.
  void close() { door_.close(); }

 private:
  void reserve(TicketId id, Ticket::Reserve reserve, AskOptions options,
               Callback<Seen<Ticket>> done);
  // Tells the count of live orders before it tells the caller.
  Callback<Seen<Order>> noting_the_end(OrderId id, Callback<Seen<Order>> done);

  [[nodiscard]] Callback<Seen<Order>> with_ticket(OrderId id, TimeMs deadline,
                                                  Callback<Seen<Order>> done) const;

  Door door_;
  const MarketOptions& options_;
  caf::actor passwords_;
  ScryptParameters scrypt_;
  std::shared_ptr<LiveReservations> live_;  // callbacks may outlive us
};

}  // namespace usher
