// The one door through which whoever is not an actor reaches the actors: HTTP, the simulation,
// benchmarks. An interface: route tests use a fake.
//
// Asks are asynchronous, and the callback is called exactly once, also on time-out, overload and
// shutdown: on a thread of the actor system or of a worker; but on the caller's, before the ask
// returns, when it is refused at the door. Callbacks must not block. Any thread may call.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <variant>
#include <vector>

#include "actors/market/domain/account.hpp"
#include "actors/market/domain/order.hpp"
#include "actors/market/domain/rejection.hpp"
#include "actors/market/domain/ticket.hpp"
#include "actors/market/feed.hpp"
#include "actors/runtime/answers.hpp"
#include "actors/runtime/model/request_key.hpp"

namespace usher {

struct TicketRow {
  TicketId id;
  Version version = 0;
  Ticket::State state;
};

struct OrderRow {
  OrderId id;
  Version version = 0;
  Order::State state;
};

// An order with money in doubt: a charge without an outcome, a refund that is owed, or a payment
// that the operator wrote off and that is still looked at.
struct UnsettledRow {
  OrderId order;
  TimeMs since = 0;  // of the oldest such payment of its kind
  ReminderName kind = ReminderName::settle;
  Order::State state;
};

enum class TicketSort : std::uint8_t { oldest, newest, cheapest, dearest };

struct TicketSearch {
  TicketSort sort = TicketSort::oldest;
  std::string text;  // only titles that contain it, without case; empty: all
  PageRequest page;
};

// A client's name for a request that it may repeat.
struct OnceKey {
  RequestKeyId id;
  RequestKey::Fingerprint fingerprint{};  // of what the request asks for
  // As an earlier release made it: a repeat may come after the upgrade.
  std::optional<RequestKey::Fingerprint> older_fingerprint = {};
};
struct MadeOnce {
  std::optional<OnceKey> key;
  TimeMs deadline = 0;  // of each step: past it none is executed
};

// A ticket as it was offered: its first version.
struct Offered {
  TicketId id;
  Ticket::State state;
};
// An order as it was born: its first version.
struct Reservation {
  OrderId order;
  Order::Bought ticket;
  UserId buyer;
  TimeMs deadline = 0;
};

class Market {
 public:
  virtual ~Market() = default;

  [[nodiscard]] virtual TimeMs now() const = 0;

  // Ids for new things. An order's and a payment's slot is the ticket's.
  [[nodiscard]] virtual TicketId new_ticket_id() = 0;
  [[nodiscard]] virtual OrderId new_order_id(Slot slot) = 0;
  [[nodiscard]] virtual PaymentId new_payment_id(Slot slot) = 0;

  // Commands. The answer comes when the events are durable.
  virtual void ask(TicketId id, Ticket::Command command, AskOptions options,
                   Callback<Seen<Ticket>> done) = 0;
  virtual void ask(OrderId id, Order::Command command, AskOptions options,
                   Callback<Seen<Order>> done) = 0;
  virtual void ask(Email id, Account::Command command, AskOptions options,
                   Callback<Seen<Account>> done) = 0;
  virtual void ask(RequestKeyId id, RequestKey::Command command, AskOptions options,
                   Callback<Seen<RequestKey>> done) = 0;

  // Starts a payment and waits for its definite outcome: the order complete, or payment_declined;
  // Failure::unknown when the deadline comes first (the order stays awaiting payment).
  virtual void pay(OrderId id, Order::StartPayment payment, AskOptions options,
                   Callback<Seen<Order>> done) = 0;

  // What is made at most once (actors/market/once.hpp), on top of the asks and of `history`.
  void offer(Ticket::Listing listing, MadeOnce once, Callback<Offered> done);
  void reserve(TicketId ticket, UserId buyer, DurationMs hold_ms, MadeOnce once,
               Callback<Reservation> done);

  // Reads, linearizable: never older than the last answered write. Unknown: not_found.
  virtual void get(TicketId id, TimeMs deadline, Callback<Seen<Ticket>> done) = 0;
  virtual void get(OrderId id, TimeMs deadline, Callback<Seen<Order>> done) = 0;
  virtual void get(Email id, TimeMs deadline, Callback<Seen<Account>> done) = 0;

  // Lists and histories, read from the journal's views by the readers.
  virtual void tickets_for_sale(TicketSearch search, Callback<Page<TicketRow>> done) = 0;
  virtual void tickets_of(UserId owner, PageRequest page, Callback<Page<TicketRow>> done) = 0;
  virtual void orders_of(UserId buyer, PageRequest page, Callback<Page<OrderRow>> done) = 0;
  // For the operator: the oldest first. An order with doubts of several kinds has several rows.
  virtual void unsettled(PageRequest page, Callback<Page<UnsettledRow>> done) = 0;
  virtual void history(TicketId id, Piece piece,
                       Callback<std::vector<HistoryEntry<Ticket>>> done) = 0;
  virtual void history(OrderId id, Piece piece,
                       Callback<std::vector<HistoryEntry<Order>>> done) = 0;
  // Every record behind `after`, also those that nobody is shown; fewer than `limit` at the end.
  virtual void feed(Piece piece, Callback<std::vector<FeedEntry>> done) = 0;

  // Passwords, by the password workers: bounded, so that a storm of sign-ins stalls nobody else.
  // The hash is self-describing. verify against an empty hash takes as long and is false.
  virtual void hash_password(std::string password, Callback<std::string> done) = 0;
  virtual void verify_password(std::string password, std::string hash, Callback<bool> done) = 0;
};

}  // namespace usher
