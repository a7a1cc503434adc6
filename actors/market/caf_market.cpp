#include "actors/market/caf_market.hpp"

#include "actors/market/codec/event_codec.hpp"
#include "actors/market/hosting.hpp"
#include "actors/market/projections/listings.hpp"

namespace usher {
namespace {

// Of an order that ended longer ago its ticket has heard: it tells it at once, and again after a
// second or so if need be.
constexpr DurationMs told_within_ms = 5 * 60'000;

// Of whom the live orders are remembered; of others they are read again.
constexpr std::size_t live_buyers_max = 50'000;

// What is certainly not executed takes no place, nor does the repeat of what was bought long ago.
LiveReservations::Outcome outcome_of(const Answered<Seen<Ticket>>& answer) {
  if (answer)
    return answer->state->hold && answer->state->hold->sold ? LiveReservations::Outcome::not_done
                                                            : LiveReservations::Outcome::reserved;
  const auto* failure = std::get_if<Failure>(&answer.error().why);
  return failure && *failure == Failure::unknown ? LiveReservations::Outcome::unknown
                                                 : LiveReservations::Outcome::not_done;
}

}  // namespace

CafMarket::CafMarket(const Runtime& runtime, const MarketOptions& options, caf::actor passwords,
                     ScryptParameters scrypt, std::uint64_t id_seed, std::size_t live_per_buyer_max)
    : door_(runtime, id_seed),
      options_(options),
      passwords_(std::move(passwords)),
      scrypt_(scrypt),
      live_(std::make_shared<LiveReservations>(
          live_per_buyer_max, live_buyers_max,
          [this](const UserId& buyer, const LiveReservations::Loaded& done) {
            auto on_read = [done](Answered<std::vector<OrderId>> orders) {
              done(orders ? std::optional{*std::move(orders)} : std::nullopt);
            };
            door_.run(
                door_.runtime().readers, {}, Callback<std::vector<OrderId>>{on_read},
                [&journal = door_.runtime().journal, buyer]() -> Answered<std::vector<OrderId>> {
                  auto orders = live_orders_of(journal, buyer);
                  if (!orders) return tl::unexpected(Refusal{Failure::unavailable, 0, {}});
                  return *std::move(orders);
                });
          })) {}

// ---- ids

TicketId CafMarket::new_ticket_id() { return door_.new_id<TicketId>(); }
OrderId CafMarket::new_order_id(Slot slot) { return door_.new_id<OrderId>(slot); }
PaymentId CafMarket::new_payment_id(Slot slot) { return door_.new_id<PaymentId>(slot); }

// ---- commands

// An order that has ended stands in two streams: its own, and its ticket's, which follows by a
// message. Whoever hears of the end hears it when both are done, so that every later read, of the
// ticket, lists, histories or the feed, shows it (read your own writes).
Callback<Seen<Order>> CafMarket::with_ticket(OrderId id, TimeMs deadline,
                                             Callback<Seen<Order>> done) const {
  return [&runtime = door_.runtime(), id, deadline,
          done = std::move(done)](Answered<Seen<Order>> answer) mutable {
    const bool may_be_untold = answer && answer->state->has_ended() &&
                               runtime.clock.now_ms() - answer->state->ended_at < told_within_ms;
    if (!may_be_untold) return done(std::move(answer));
    const Order::State& order = *answer->state;
    const TicketId ticket = order.ticket.id;
    // What the order itself has told it, or is about to: repeats change nothing.
    Ticket::Command command = Ticket::Release{id, order.ended_at};
    if (order.status == Order::Status::complete) command = Ticket::Sell{id, order.ended_at};
    auto told = [answer = std::move(answer),
                 done = std::move(done)](Answered<Seen<Ticket>> heard) mutable {
      // Whatever became of that, the order's own end is durable.
      if (!heard && std::holds_alternative<Failure>(heard.error().why))
        return done(tl::unexpected(Refusal{Failure::unknown, 0, {}}));
      done(std::move(answer));
    };
    Ask<Ticket> ask{ticket,
                    std::move(command),
                    {},
                    {},
                    Door::exactly_once<Seen<Ticket>>(runtime, std::move(told))};
    ask.options.deadline = deadline;
    caf::anon_send(runtime.shard_actor(ticket.slot()), std::move(ask));
  };
}

void CafMarket::ask(TicketId id, Ticket::Command command, AskOptions options,
                    Callback<Seen<Ticket>> done) {
  if (auto* reservation = std::get_if<Ticket::Reserve>(&command); reservation && live_->is_on())
    return reserve(id, std::move(*reservation), options, std::move(done));
  door_.ask<Ticket>(id, std::move(command), options, {}, std::move(done));
}

void CafMarket::reserve(TicketId id, Ticket::Reserve reservation, AskOptions options,
                        Callback<Seen<Ticket>> done) {
  using Claim = LiveReservations::Claim;
  const UserId buyer = reservation.buyer;
  const OrderId order = reservation.order;
  live_->claim(buyer, order,
               [this, id, reservation = std::move(reservation), options,
                done = std::move(done)](Claim claim) mutable {
                 switch (claim) {
                   case Claim::too_many:
                     return done(tl::unexpected(Refusal{Rejection::too_many_reservations, 0, {}}));
                   case Claim::unavailable:
                     return done(tl::unexpected(Refusal{Failure::unavailable, 0, {}}));
                   case Claim::granted:
                     done = [live = live_, user = reservation.buyer, claimed = reservation.order,
                             then = std::move(done)](Answered<Seen<Ticket>> answer) {
                       live->conclude(user, claimed, outcome_of(answer));
                       then(std::move(answer));
                     };
                 }
                 door_.ask<Ticket>(id, std::move(reservation), options, {}, std::move(done));
               });
}

Callback<Seen<Order>> CafMarket::noting_the_end(OrderId id, Callback<Seen<Order>> done) {
  if (!live_->is_on()) return done;
  return [live = live_, id, done = std::move(done)](Answered<Seen<Order>> answer) {
    if (answer && answer->state->has_ended()) live->ended(id);
    done(std::move(answer));
  };
}

void CafMarket::see(const std::vector<FeedRecord>& records) {
  if (!live_->is_on()) return;
  for (const auto& [seq, record] : records) {
    const auto type = static_cast<RecordType>(record.type);
    if (type == RecordType::order_cancelled || type == RecordType::order_paid) {
      if (const auto order = key_of<Order>(record.stream)) live_->ended(*order);
    } else if (type == RecordType::ticket_released || type == RecordType::ticket_sold) {
      // Until its ticket has heard of the end, the repeat of a reservation is taken for a live one.
      const auto event = decode_event<Ticket>(record.type, record.schema, record.payload);
      if (!event) continue;
      if (const auto* released = std::get_if<Ticket::Released>(&*event))
        live_->ended(released->order);
      else if (const auto* sold = std::get_if<Ticket::Sold>(&*event))
        live_->ended(sold->order);
    }
  }
}

void CafMarket::ask(OrderId id, Order::Command command, AskOptions options,
                    Callback<Seen<Order>> done) {
  auto when_both = with_ticket(id, options.deadline, std::move(done));
  door_.ask<Order>(id, std::move(command), options, {}, noting_the_end(id, std::move(when_both)));
}
void CafMarket::ask(Email id, Account::Command command, AskOptions options,
                    Callback<Seen<Account>> done) {
  door_.ask<Account>(std::move(id), std::move(command), options, {}, std::move(done));
}
void CafMarket::ask(RequestKeyId id, RequestKey::Command command, AskOptions options,
                    Callback<Seen<RequestKey>> done) {
  door_.ask<RequestKey>(id, std::move(command), options, {}, std::move(done));
}

void CafMarket::pay(OrderId id, Order::StartPayment start, AskOptions options,
                    Callback<Seen<Order>> done) {
  const PaymentId payment = start.payment;
  auto settled = [payment](const Seen<Order>& seen) {
    const auto* found = seen.state->find_payment(payment);
    return found && found->status != Order::PaymentStatus::started;
  };
  auto judge = [payment, done = std::move(done)](Answered<Seen<Order>> answer) {
    if (!answer) return done(std::move(answer));
    const auto* found = answer->state->find_payment(payment);
    if (found->status == Order::PaymentStatus::captured) return done(std::move(answer));
    Refusal refusal{Rejection::payment_declined, answer->version, {}};
    explain_decline(refusal, *found);
    done(tl::unexpected(std::move(refusal)));
  };
  auto when_both = with_ticket(id, options.deadline, std::move(judge));
  door_.ask<Order>(id, std::move(start), options, settled,
                   noting_the_end(id, std::move(when_both)));
}

// ---- reads

void CafMarket::get(TicketId id, TimeMs deadline, Callback<Seen<Ticket>> done) {
  door_.get<Ticket>(id, deadline, std::move(done));
}
void CafMarket::get(OrderId id, TimeMs deadline, Callback<Seen<Order>> done) {
  door_.get<Order>(id, deadline, with_ticket(id, deadline, std::move(done)));
}
void CafMarket::get(Email id, TimeMs deadline, Callback<Seen<Account>> done) {
  door_.get<Account>(std::move(id), deadline, std::move(done));
}

void CafMarket::tickets_for_sale(TicketSearch search, Callback<Page<TicketRow>> done) {
  const std::string client = search.page.client;
  door_.run(door_.runtime().lists, client, std::move(done),
            [&journal = door_.runtime().journal, search = std::move(search),
             rows_max = options_.search_rows_max] {
              return list_tickets_for_sale(journal, search, rows_max);
            });
}
void CafMarket::tickets_of(UserId owner, PageRequest page, Callback<Page<TicketRow>> done) {
  const std::string client = page.client;
  door_.run(door_.runtime().lists, client, std::move(done),
            [&journal = door_.runtime().journal, owner = std::move(owner), page = std::move(page)] {
              return list_tickets_of(journal, owner, page);
            });
}
void CafMarket::orders_of(UserId buyer, PageRequest page, Callback<Page<OrderRow>> done) {
  const std::string client = page.client;
  door_.run(door_.runtime().lists, client, std::move(done),
            [&journal = door_.runtime().journal, buyer = std::move(buyer), page = std::move(page)] {
              return list_orders_of(journal, buyer, page);
            });
}

void CafMarket::unsettled(PageRequest page, Callback<Page<UnsettledRow>> done) {
  const auto& runtime = door_.runtime();
  door_.run(runtime.readers, {}, std::move(done),
            [&journal = runtime.journal, page = std::move(page),
             now = std::max(runtime.clock.now_ms(), runtime.stamped_until)] {
              return list_unsettled(journal, page, now);
            });
}
void CafMarket::history(TicketId id, Piece piece,
                        Callback<std::vector<HistoryEntry<Ticket>>> done) {
  door_.history<Ticket>(id, std::move(piece), std::move(done));
}
void CafMarket::history(OrderId id, Piece piece, Callback<std::vector<HistoryEntry<Order>>> done) {
  door_.history<Order>(id, std::move(piece), std::move(done));
}

void CafMarket::feed(Piece piece, Callback<std::vector<FeedEntry>> done) {
  door_.feed(std::move(piece), [done = std::move(done)](Answered<std::vector<FeedRecord>> records) {
    if (!records) return done(tl::unexpected(std::move(records.error())));
    std::vector<FeedEntry> entries;
    entries.reserve(records->size());
    for (const auto& record : *records) entries.push_back(feed_entry(record));
    done(std::move(entries));
  });
}

// ---- passwords

void CafMarket::hash_password(std::string password, Callback<std::string> done) {
  door_.run(passwords_, {}, std::move(done),
            [password = std::move(password), scrypt = scrypt_]() -> Answered<std::string> {
              auto hash = usher::hash_password(password, random_salt(), scrypt);
              if (hash.empty()) return tl::unexpected(Refusal{Failure::unavailable, 0, {}});
              return hash;
            });
}
void CafMarket::verify_password(std::string password, std::string hash, Callback<bool> done) {
  door_.run(passwords_, {}, std::move(done),
            [password = std::move(password), hash = std::move(hash), scrypt = scrypt_]()
                -> Answered<bool> { return usher::verify_password(password, hash, scrypt); });
}

}  // namespace usher
