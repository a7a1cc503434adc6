#include "actors/market/caf_market.hpp"

#include <algorithm>
#include <caf/send.hpp>

#include "actors/market/codec/event_codec.hpp"
#include "actors/market/projections/listings.hpp"
#include "actors/runtime/effects.hpp"

namespace usher {
namespace {

// Of an order that ended longer ago its ticket has heard: it tells it at once, and again after a
// second or so if need be.
constexpr DurationMs told_within_ms = 5 * 60'000;

void count_failure(Gauges& gauges, const Refusal& refusal) {
  if (const auto* failure = std::get_if<Failure>(&refusal.why))
    gauges.asks_failed[static_cast<std::size_t>(*failure)].fetch_add(1, std::memory_order_relaxed);
}

// Of whom the live orders are remembered; of others they are read again.
constexpr std::size_t live_buyers_max = 50'000;

// What is certainly not executed takes no place.
LiveReservations::Outcome outcome_of(const Answered<Seen<Ticket>>& answer) {
  if (answer) return LiveReservations::Outcome::reserved;
  const auto* failure = std::get_if<Failure>(&answer.error().why);
  return failure && *failure == Failure::unknown ? LiveReservations::Outcome::unknown
                                                 : LiveReservations::Outcome::not_done;
}

template <class T>
class Once {
 public:
  Once(Callback<T> done, Gauges& gauges) : done_(std::move(done)), gauges_(gauges) {}
  ~Once() {
    if (!called_.load(std::memory_order_relaxed))
      answer(tl::unexpected(Refusal{Failure::unavailable, 0, {}}));
  }
  Once(const Once&) = delete;
  Once& operator=(const Once&) = delete;

  void answer(Answered<T> value) {
    if (called_.exchange(true)) return;
    gauges_.asks_in_flight.fetch_sub(1, std::memory_order_relaxed);
    if (!value) count_failure(gauges_, value.error());
    done_(std::move(value));
  }

 private:
  Callback<T> done_;
  Gauges& gauges_;
  std::atomic<bool> called_{false};
};

}  // namespace

template <class T>
Callback<T> CafMarket::admit(Callback<T> done) {
  auto& gauges = runtime_.gauges;
  const auto refuse = [&](Failure failure) {
    const Refusal refusal{failure, 0, {}};
    count_failure(gauges, refusal);
    done(tl::unexpected(refusal));
    return Callback<T>{};
  };
  if (closed_.load(std::memory_order_relaxed)) return refuse(Failure::unavailable);
  const auto most = static_cast<std::int64_t>(runtime_.options.asks_in_flight_max);
  if (gauges.asks_in_flight.fetch_add(1, std::memory_order_relaxed) >= most) {
    gauges.asks_in_flight.fetch_sub(1, std::memory_order_relaxed);
    return refuse(Failure::overloaded);
  }
  gauges.asks.fetch_add(1, std::memory_order_relaxed);
  auto once = std::make_shared<Once<T>>(std::move(done), gauges);
  return [once](Answered<T> value) { once->answer(std::move(value)); };
}

template <class A>
void CafMarket::send_ask(typename A::Key key, typename A::Command command, AskOptions options,
                         std::function<bool(const Seen<A>&)> until, Callback<Seen<A>> done) {
  auto admitted = admit(std::move(done));
  if (!admitted) return;
  if (runtime_.gauges.journal_failed.load(std::memory_order_relaxed))
    return admitted(tl::unexpected(Refusal{Failure::unavailable, 0, {}}));
  const auto& shard = runtime_.shard_actor(slot_of(key));
  caf::anon_send(shard, Ask<A>{std::move(key), std::move(command), options, std::move(until),
                               std::move(admitted)});
}

template <class A>
void CafMarket::send_get(typename A::Key key, TimeMs deadline, Callback<Seen<A>> done) {
  auto admitted = admit(std::move(done));
  if (!admitted) return;
  const auto& shard = runtime_.shard_actor(slot_of(key));
  caf::anon_send(shard, Get<A>{std::move(key), deadline, std::move(admitted)});
}

template <class T, class Work>
void CafMarket::run(const caf::actor& pool, const std::string& client, Callback<T> done,
                    Work work) {
  auto admitted = admit(std::move(done));
  if (!admitted) return;
  Job job;
  job.client = client;
  job.refused = [admitted](DurationMs wait_ms) {
    Refusal refusal{Failure::overloaded, 0, {}};
    refusal.retry_after_ms = wait_ms;
    admitted(tl::unexpected(std::move(refusal)));
  };
  // A job that is dropped is answered by `admitted` itself.
  job.run = [admitted = std::move(admitted), work = std::move(work)] {
    admitted(work());
    return caf::message{};
  };
  caf::anon_send(pool, std::move(job));
}

CafMarket::CafMarket(const Runtime& runtime, caf::actor passwords, ScryptParameters scrypt,
                     std::uint64_t id_seed, std::size_t live_per_buyer_max)
    : runtime_(runtime),
      passwords_(std::move(passwords)),
      scrypt_(scrypt),
      id_counter_(id_seed),
      live_(std::make_shared<LiveReservations>(
          live_per_buyer_max, live_buyers_max,
          [this](const UserId& buyer, const LiveReservations::Loaded& done) {
            auto on_read = [done](Answered<std::vector<OrderId>> orders) {
              done(orders ? std::optional{*std::move(orders)} : std::nullopt);
            };
            run(runtime_.readers, {}, Callback<std::vector<OrderId>>{on_read},
                [&journal = runtime_.journal, buyer]() -> Answered<std::vector<OrderId>> {
                  auto orders = live_orders_of(journal, buyer);
                  if (!orders) return tl::unexpected(Refusal{Failure::unavailable, 0, {}});
                  return *std::move(orders);
                });
          })) {}

// ---- ids

std::uint64_t CafMarket::next_random() {  // splitmix64: distinct for 2^64 calls
  std::uint64_t z = id_counter_.fetch_add(0x9E3779B97F4A7C15ULL, std::memory_order_relaxed);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

// No two ids of a node are drawn in one microsecond: who asks for two one after the other sees them
// sort in this order, also when the clock stands still or jumps back.
std::int64_t CafMarket::next_draw_us() {
  const std::int64_t now = runtime_.clock.now_us();
  std::int64_t last = last_draw_us_.load(std::memory_order_relaxed);
  while (!last_draw_us_.compare_exchange_weak(last, std::max(now, last + 1),
                                              std::memory_order_relaxed)) {
  }
  return std::max(now, last + 1);
}

TicketId CafMarket::new_ticket_id() {
  const auto random = next_random();
  return TicketId::draw(next_draw_us(), static_cast<Slot>(random >> 48), random);
}
OrderId CafMarket::new_order_id(Slot slot) {
  return OrderId::draw(next_draw_us(), slot, next_random());
}
PaymentId CafMarket::new_payment_id(Slot slot) {
  return PaymentId::draw(next_draw_us(), slot, next_random());
}

// ---- commands

// An order that has ended stands in two streams: its own, and its ticket's, which follows by a
// message. Whoever hears of the end hears it when both are done, so that every later read, of the
// ticket, lists, histories or the feed, shows it (read your own writes).
Callback<Seen<Order>> CafMarket::with_ticket(OrderId id, TimeMs deadline,
                                             Callback<Seen<Order>> done) const {
  return [&runtime = runtime_, id, deadline,
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
    Ask<Ticket> ask{ticket, std::move(command), {}, {}, std::move(told)};
    ask.options.deadline = deadline;
    caf::anon_send(runtime.shard_actor(ticket.slot()), std::move(ask));
  };
}

void CafMarket::ask(TicketId id, Ticket::Command command, AskOptions options,
                    Callback<Seen<Ticket>> done) {
  if (auto* reservation = std::get_if<Ticket::Reserve>(&command); reservation && live_->is_on())
    return reserve(id, std::move(*reservation), options, std::move(done));
  send_ask<Ticket>(id, std::move(command), options, {}, std::move(done));
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
                       live->settle(user, claimed, outcome_of(answer));
                       then(std::move(answer));
                     };
                 }
                 send_ask<Ticket>(id, std::move(reservation), options, {}, std::move(done));
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
    if (type != RecordType::order_cancelled && type != RecordType::order_paid) continue;
    if (const auto order = key_of<Order>(record.stream)) live_->ended(*order);
  }
}

void CafMarket::ask(OrderId id, Order::Command command, AskOptions options,
                    Callback<Seen<Order>> done) {
  auto when_both = with_ticket(id, options.deadline, std::move(done));
  send_ask<Order>(id, std::move(command), options, {}, noting_the_end(id, std::move(when_both)));
}
void CafMarket::ask(Email id, Account::Command command, AskOptions options,
                    Callback<Seen<Account>> done) {
  send_ask<Account>(std::move(id), std::move(command), options, {}, std::move(done));
}
void CafMarket::ask(RequestKeyId id, RequestKey::Command command, AskOptions options,
                    Callback<Seen<RequestKey>> done) {
  send_ask<RequestKey>(id, std::move(command), options, {}, std::move(done));
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
    done(tl::unexpected(Refusal{Rejection::payment_declined, answer->version, found->detail}));
  };
  auto when_both = with_ticket(id, options.deadline, std::move(judge));
  send_ask<Order>(id, std::move(start), options, settled, noting_the_end(id, std::move(when_both)));
}

// ---- reads

void CafMarket::get(TicketId id, TimeMs deadline, Callback<Seen<Ticket>> done) {
  send_get<Ticket>(id, deadline, std::move(done));
}
void CafMarket::get(OrderId id, TimeMs deadline, Callback<Seen<Order>> done) {
  send_get<Order>(id, deadline, with_ticket(id, deadline, std::move(done)));
}
void CafMarket::get(Email id, TimeMs deadline, Callback<Seen<Account>> done) {
  send_get<Account>(std::move(id), deadline, std::move(done));
}

void CafMarket::tickets_for_sale(TicketSearch search, Callback<Page<TicketRow>> done) {
  const std::string client = search.page.client;
  run(runtime_.lists, client, std::move(done),
      [&journal = runtime_.journal, search = std::move(search),
       rows_max = runtime_.options.search_rows_max] {
        return list_tickets_for_sale(journal, search, rows_max);
      });
}
void CafMarket::tickets_of(UserId owner, PageRequest page, Callback<Page<TicketRow>> done) {
  const std::string client = page.client;
  run(runtime_.lists, client, std::move(done),
      [&journal = runtime_.journal, owner = std::move(owner), page = std::move(page)] {
        return list_tickets_of(journal, owner, page);
      });
}
void CafMarket::orders_of(UserId buyer, PageRequest page, Callback<Page<OrderRow>> done) {
  const std::string client = page.client;
  run(runtime_.lists, client, std::move(done),
      [&journal = runtime_.journal, buyer = std::move(buyer), page = std::move(page)] {
        return list_orders_of(journal, buyer, page);
      });
}

template <class A>
void CafMarket::send_history(typename A::Key key, Piece piece,
                             Callback<std::vector<HistoryEntry<A>>> done) {
  const std::string client = piece.client;
  run(runtime_.lists, client, std::move(done),
      [&journal = runtime_.journal, shard = runtime_.shards.shard_of(slot_of(key)),
       key = std::move(key), piece = std::move(piece)] {
        return read_history<A>(journal, shard, key, piece.after, piece.limit);
      });
}
void CafMarket::history(TicketId id, Piece piece,
                        Callback<std::vector<HistoryEntry<Ticket>>> done) {
  send_history<Ticket>(id, std::move(piece), std::move(done));
}
void CafMarket::history(OrderId id, Piece piece, Callback<std::vector<HistoryEntry<Order>>> done) {
  send_history<Order>(id, std::move(piece), std::move(done));
}

void CafMarket::feed(Piece piece, Callback<std::vector<FeedRecord>> done) {
  const std::string client = piece.client;
  run(runtime_.lists, client, std::move(done),
      [&journal = runtime_.journal,
       piece = std::move(piece)]() -> Answered<std::vector<FeedRecord>> {
        auto records = journal.read_feed(piece.after, piece.limit);
        if (!records) return tl::unexpected(Refusal{Failure::unavailable, 0, {}});
        return *std::move(records);
      });
}

// ---- passwords

void CafMarket::hash_password(std::string password, Callback<std::string> done) {
  run(passwords_, {}, std::move(done),
      [password = std::move(password), scrypt = scrypt_]() -> Answered<std::string> {
        auto hash = usher::hash_password(password, random_salt(), scrypt);
        if (hash.empty()) return tl::unexpected(Refusal{Failure::unavailable, 0, {}});
        return hash;
      });
}
void CafMarket::verify_password(std::string password, std::string hash, Callback<bool> done) {
  run(passwords_, {}, std::move(done),
      [password = std::move(password), hash = std::move(hash), scrypt = scrypt_]()
          -> Answered<bool> { return usher::verify_password(password, hash, scrypt); });
}

}  // namespace usher
