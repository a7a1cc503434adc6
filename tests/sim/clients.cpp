#include "tests/sim/clients.hpp"

#include <algorithm>

#include "actors/market/codec/event_codec.hpp"
#include "tests/sim/describe.hpp"

namespace usher::sim {
namespace {

constexpr std::size_t page_rows = 50;  // more than there ever are: one page is the whole list

// The failures that promise that nothing was done; nullopt: the outcome is open.
std::optional<std::string> not_done(const Refusal& refusal) {
  if (const auto* failure = std::get_if<Failure>(&refusal.why)) {
    if (*failure == Failure::unknown) return std::nullopt;
    return std::string{name_of(*failure)};
  }
  const auto rejection = std::get<Rejection>(refusal.why);
  if (rejection == Rejection::payment_declined) return std::nullopt;  // it was started before that
  return std::string{name_of(rejection)};
}

}  // namespace

Clients::Clients(Oracle& oracle, Trace& trace, test::Dice& dice, Options options)
    : oracle_(oracle), trace_(trace), dice_(dice), options_(options) {}

// ---- asking and answering

template <class T>
Callback<T> Clients::ask(std::string text, Check<T> check) {
  const Number number = ++asked_;
  ++counts_.asked;
  trace_.note("ask", {number}, [&] { return "ask " + std::to_string(number) + ": " + text; });
  waiting_.emplace(number, std::move(text));
  return [this, number, check = std::move(check)](Answered<T> answer) {
    const auto found = waiting_.find(number);
    if (found == waiting_.end())
      return report("P8", "ask " + std::to_string(number) + " was answered twice");
    const std::string asked = found->second;
    waiting_.erase(found);
    if (is_cut_) {
      ++counts_.cut_off;
      return;
    }
    trace_.note("answer", {number, answer.has_value()}, [&] {
      return "    answer " + std::to_string(number) + " (" + asked +
             "): " + (answer ? std::string{"accepted"} : describe(answer.error()));
    });
    if (answer)
      ++counts_.accepted;
    else
      ++(std::holds_alternative<Rejection>(answer.error().why) ? counts_.rejected : counts_.failed);
    check(answer);
  };
}

template <class A>
void Clients::check_seen(const typename A::Key& key, const Seen<A>& seen) {
  const auto name = brief(key) + " v" + std::to_string(seen.version);
  const auto* durable = oracle_.at<A>(key, seen.version);
  if (!durable)
    return report("P2", name + " was answered before it was durable; the journal has version " +
                            std::to_string(oracle_.version<A>(key)));
  if (!(*durable == *seen.state)) report("P6", name + " was answered with another state");
  auto& shown = shown_[stream_of(key)];
  shown = std::max(shown, seen.version);
}

template <class A>
Clients::Check<Seen<A>> Clients::judge(typename A::Key key, Mark mark,
                                       std::function<void(const Seen<A>&)> check_accepted) {
  return [this, key, mark = std::move(mark),
          check_accepted = std::move(check_accepted)](const Answered<Seen<A>>& answer) {
    if (answer) {
      check_seen<A>(key, *answer);
      if (!oracle_.findings().any() && check_accepted) check_accepted(*answer);
      return;
    }
    if (const auto why = not_done(answer.error()); why && !mark.empty()) oracle_.deny(mark, *why);
    if (answer.error().version > oracle_.version<A>(key))
      report("P2", brief(key) + ": a refusal names a version that is not durable");
  };
}

AskOptions Clients::options(Market& market, std::optional<Version> if_version) {
  static const std::vector<DurationMs> patience = {0,      50,     2'000,  10'000,
                                                   30'000, 30'000, 30'000, 120'000};
  return {market.now() + dice_.any_of(patience), if_version};
}

// ---- who and what

// Mostly one that exists: a retry of a lost request must happen, but not all the time.
TicketId Clients::some_ticket() {
  const auto& known = oracle_.all<Ticket>();
  if (known.empty() || dice_.one_in(15)) return dice_.any_of(tickets_);
  return std::next(known.begin(), static_cast<std::ptrdiff_t>(dice_.below(known.size())))->first;
}

// Mostly one that lives, sometimes one that has ended or was never born.
OrderId Clients::some_order() {
  if (dice_.one_in(6)) return dice_.any_of(orders_);
  std::vector<OrderId> live;
  for (const auto& [id, states] : oracle_.all<Order>())
    if (!states.back()->has_ended()) live.push_back(id);
  return dice_.any_of(live.empty() ? orders_ : live);
}

// ---- operations

void Clients::act(Market& market) {
  if (tickets_.empty()) return create(market);
  switch (dice_.below(20)) {
    case 0:
      return create(market);
    case 1:
    case 2:
    case 3:
      return edit(market);
    case 4:
    case 5:
    case 6:
    case 7:
      return reserve(market);
    case 8:
    case 9:
    case 10:
    case 11:
      return pay(market);
    case 12:
    case 13:
      return cancel(market);
    case 14:
      return claim(market);
    case 15:
      return list(market);
    case 16:
      return dice_.one_in(4) ? sign_up(market) : list(market);
    default:
      return read_one(market);
  }
}

void Clients::create(Market& market) {
  // A retry of somebody who missed the answer, or whose id was drawn by somebody else before.
  const bool is_repeat = !tickets_.empty() && (tickets_.size() >= options_.tickets_max);
  if (is_repeat && !dice_.one_in(3)) return reserve(market);
  auto id = is_repeat ? dice_.any_of(tickets_) : TicketId{};
  if (!is_repeat) {
    const auto slot = static_cast<Slot>(dice_.below(options_.slots) * 65'535 /
                                        std::max<std::size_t>(options_.slots - 1, 1));
    id = TicketId::mint(market.now(), slot, ++ids_);
    tickets_.push_back(id);
  }
  const auto name = title('T');
  const Ticket::Listing listing{seller(), name, Money{100 + dice_.between(0, 9'900)}};
  const auto how = options(market);
  oracle_.intend(name, how.deadline);
  market.ask(id, Ticket::Create{listing}, how,
             ask<Seen<Ticket>>("create " + brief(id) + " as " + name,
                               judge<Ticket>(id, name, [=, this](const Seen<Ticket>& seen) {
                                 if (!(seen.state->listing == listing))
                                   report("P2", brief(id) + " was created as something else");
                               })));
}

void Clients::edit(Market& market) {
  const auto id = some_ticket();
  const auto* known = oracle_.newest<Ticket>(id);
  const auto editor = known && !dice_.one_in(8) ? known->listing.owner : seller();
  std::optional<Version> if_version;
  if (dice_.one_in(2)) {
    if_version = oracle_.version<Ticket>(id);
    if (dice_.one_in(4) && *if_version > 0) --*if_version;
    if (dice_.one_in(8)) ++*if_version;
  }
  const auto name = title('E');
  const auto how = options(market, if_version);
  oracle_.intend_edit(name, how.deadline, if_version);
  const auto text = "edit " + brief(id) + " to " + name +
                    (if_version ? " if version " + std::to_string(*if_version) : "");
  market.ask(id, Ticket::Edit{editor, name, Money{100 + dice_.between(0, 9'900)}}, how,
             ask<Seen<Ticket>>(text, judge<Ticket>(id, name, [=, this](const Seen<Ticket>& seen) {
                                 if (seen.state->listing.title != name)
                                   report("P5", brief(id) + " was answered as edited to " + name +
                                                    ", but is " + seen.state->listing.title);
                               })));
}

void Clients::reserve(Market& market) {
  static const std::vector<DurationMs> holds = {1'000, 5'000, 20'000, 60'000, 200'000};
  const std::size_t crowd = dice_.one_in(5) ? 2 + dice_.below(5) : 1;
  auto ticket = some_ticket();
  for (std::size_t i = 0; i < crowd; ++i) {
    OrderId order = market.new_order_id(ticket.slot());
    if (!orders_.empty() && dice_.one_in(8)) {
      // The same request again, or (when it lands on another ticket) an id drawn twice.
      order = dice_.any_of(orders_);
      const auto same_slot =
          std::find_if(tickets_.begin(), tickets_.end(),
                       [&](const TicketId& id) { return id.slot() == order.slot(); });
      if (ticket.slot() != order.slot()) ticket = *same_slot;
    } else {
      orders_.push_back(order);
    }
    const auto who = buyer();
    const auto hold_ms = std::min(dice_.any_of(holds), options_.hold_ms_max);
    const auto how = options(market);
    oracle_.intend(order.hex(), how.deadline);
    market.ask(ticket, Ticket::Reserve{order, who, hold_ms}, how,
               ask<Seen<Ticket>>(
                   "reserve " + brief(ticket) + " as " + brief(order) + " for " + who.text,
                   judge<Ticket>(ticket, order.hex(), [=, this](const Seen<Ticket>& seen) {
                     if (!seen.state->hold || seen.state->hold->order != order)
                       return report("P1", brief(ticket) +
                                               " was answered as reserved, but is not held by " +
                                               brief(order));
                     if (oracle_.version<Order>(order) == 0)
                       report("P1", brief(ticket) + " is held by " + brief(order) +
                                        ", which is not there");
                   })));
  }
}

void Clients::pay(Market& market) {
  if (orders_.empty()) return reserve(market);
  Attempt attempt;
  if (!attempts_.empty() && dice_.one_in(5)) {
    attempt = dice_.any_of(attempts_);  // the same request again
  } else {
    attempt.order = some_order();
    const auto* known = oracle_.newest<Order>(attempt.order);
    attempt.payer = known && !dice_.one_in(10) ? known->buyer : buyer();
    attempt.payment = market.new_payment_id(attempt.order.slot());
    attempts_.push_back(attempt);
  }
  static const std::vector<std::string> tokens = {"tok_visa", "tok_visa", "tok_visa", "tok_bad"};
  const auto& [order, payment, payer] = attempt;
  const auto how = options(market);
  const auto token = dice_.any_of(tokens);
  oracle_.intend(payment.hex(), how.deadline);
  market.pay(
      order, {payment, payer, token}, how,
      ask<Seen<Order>>("pay " + brief(order) + " by " + payer.text + " with " + brief(payment),
                       judge<Order>(order, payment.hex(), [=, this](const Seen<Order>& seen) {
                         const auto* found = seen.state->find_payment(payment);
                         if (seen.state->status != Order::Status::complete || !found ||
                             found->status != Order::PaymentStatus::captured)
                           report("P3", brief(order) + " was answered as paid, but is not by " +
                                            brief(payment));
                       })));
}

void Clients::cancel(Market& market) {
  if (orders_.empty()) return reserve(market);
  const auto order = some_order();
  const auto* known = oracle_.newest<Order>(order);
  const auto who = known && !dice_.one_in(8) ? known->buyer : buyer();
  market.ask(order, Order::Cancel{who}, options(market),
             ask<Seen<Order>>("cancel " + brief(order) + " by " + who.text,
                              judge<Order>(order, {}, [=, this](const Seen<Order>& seen) {
                                if (seen.state->status != Order::Status::cancelled)
                                  report("P5",
                                         brief(order) + " was answered as cancelled, but is not");
                              })));
}

void Clients::claim(Market& market) {
  RequestKeyId id;
  id.bytes.back() = static_cast<std::uint8_t>(dice_.below(8));
  RequestKey::Claim claim;
  claim.fingerprint.back() = static_cast<std::uint8_t>(dice_.below(2));
  const auto proposed = market.new_order_id(0).bytes();
  std::copy(proposed.begin(), proposed.end(), claim.proposed.begin());
  market.ask(
      id, claim, options(market),
      ask<Seen<RequestKey>>("claim " + brief(id),
                            judge<RequestKey>(id, {}, [=, this](const Seen<RequestKey>& seen) {
                              if (seen.state->fingerprint != claim.fingerprint)
                                report("P5", brief(id) + " was given to another request");
                            })));
}

void Clients::sign_up(Market& market) {
  const Email email{"e" + std::to_string(dice_.below(3))};
  const UserId user{title('U')};
  market.ask(email, Account::SignUp{user, email.text, "hash"}, options(market),
             ask<Seen<Account>>("sign up " + email.text,
                                judge<Account>(email, {}, [=, this](const Seen<Account>& seen) {
                                  if (seen.state->user != user)
                                    report("P5", email.text + " belongs to somebody else");
                                })));
}

// ---- reads

template <class A>
void Clients::read(Market& market, const typename A::Key& key) {
  const Version at_least = shown_[stream_of(key)];
  market.get(key, options(market).deadline,
             ask<Seen<A>>("get " + brief(key), [=, this](const Answered<Seen<A>>& answer) {
               Version version = 0;
               if (answer) {
                 check_seen<A>(key, *answer);
                 version = answer->version;
               } else if (!std::holds_alternative<Rejection>(answer.error().why)) {
                 return;
               }
               if (version < at_least)
                 report("reads", brief(key) + " is read at version " + std::to_string(version) +
                                     " after version " + std::to_string(at_least) + " was shown");
             }));
}

template <class A>
void Clients::read_history(Market& market, const typename A::Key& key) {
  const Version after = dice_.below(3);
  const Check<std::vector<HistoryEntry<A>>> check = [=, this](const auto& answer) {
    const Version newest = oracle_.version<A>(key);
    if (!answer) {
      if (std::holds_alternative<Rejection>(answer.error().why) && newest > 0)
        report("reads", "no history of " + brief(key));
      return;
    }
    if (answer->size() != (newest > after ? newest - after : 0))
      report("reads", "the history of " + brief(key) + " is not whole");
    for (const auto& entry : *answer) {
      const auto* state = oracle_.at<A>(key, entry.version);
      if (!state || !(*state == entry.state))
        report("P6", "the history of " + brief(key) + " shows another state");
    }
  };
  market.history(key, {after, 10'000},
                 ask<std::vector<HistoryEntry<A>>>("history of " + brief(key), check));
}

void Clients::read_one(Market& market) {
  if (orders_.empty() || dice_.one_in(2)) {
    const auto id = some_ticket();
    return dice_.one_in(6) ? read_history<Ticket>(market, id) : read<Ticket>(market, id);
  }
  const auto id = some_order();
  dice_.one_in(6) ? read_history<Order>(market, id) : read<Order>(market, id);
}

void Clients::list(Market& market) {
  // A reader looks at the store in the very step in which it answers: lists are never late.
  const auto compare = [this](std::string name, auto wanted, const auto& answer) {
    if (!answer) return;
    decltype(wanted) found;
    for (const auto& row : answer->rows) found.emplace(row.id, std::pair{row.version, row.state});
    if (found.size() != answer->rows.size()) report("P6", name + " has a row twice");
    if (!(found == wanted)) report("P6", name + " is not what the journal says");
  };
  using Tickets = std::map<TicketId, std::pair<Version, Ticket::State>>;
  using Orders = std::map<OrderId, std::pair<Version, Order::State>>;
  const auto tickets = [this](auto which) {
    Tickets wanted;
    for (const auto& [id, states] : oracle_.all<Ticket>())
      if (which(*states.back())) wanted.emplace(id, std::pair{states.size(), *states.back()});
    return wanted;
  };
  switch (dice_.below(3)) {
    case 0: {
      TicketSearch search;
      search.sort = static_cast<TicketSort>(dice_.below(4));
      search.page.limit = page_rows;
      return market.tickets_for_sale(
          search, ask<Page<TicketRow>>("tickets for sale", [=](const auto& answer) {
            compare("tickets for sale", tickets([](const auto& t) { return t.is_for_sale(); }),
                    answer);
          }));
    }
    case 1: {
      const auto who = seller();
      return market.tickets_of(
          who, {page_rows, {}}, ask<Page<TicketRow>>("tickets of " + who.text, [=](const auto& a) {
            compare("tickets of " + who.text,
                    tickets([&](const auto& t) { return t.listing.owner == who; }), a);
          }));
    }
    default: {
      const auto who = buyer();
      return market.orders_of(
          who, {page_rows, {}},
          ask<Page<OrderRow>>("orders of " + who.text, [=, this](const auto& answer) {
            Orders wanted;
            for (const auto& [id, states] : oracle_.all<Order>())
              if (states.back()->buyer == who)
                wanted.emplace(id, std::pair{states.size(), *states.back()});
            if (wanted.size() < page_rows) compare("orders of " + who.text, wanted, answer);
          }));
    }
  }
}

void Clients::read_everything(Market& market) {
  for (const auto& [id, states] : oracle_.all<Ticket>()) read<Ticket>(market, id);
  for (const auto& [id, states] : oracle_.all<Order>()) read<Order>(market, id);
}

void Clients::reserve_as_many(Market& market, std::size_t live_max,
                              const std::function<void()>& finish) {
  constexpr DurationMs patience_ms = 30'000, hold_ms = 20'000;
  const auto patient = [&] { return AskOptions{market.now() + patience_ms, {}}; };
  std::vector<TicketId> offered;
  for (std::size_t i = 0; i <= live_max; ++i) {
    offered.push_back(TicketId::mint(market.now(), 0, ++ids_));
    const auto name = title('T');
    const auto how = patient();
    oracle_.intend(name, how.deadline);
    market.ask(offered.back(), Ticket::Create{{seller(), name, Money{100}}}, how,
               ask<Seen<Ticket>>("create " + brief(offered.back()),
                                 judge<Ticket>(offered.back(), name, {})));
    finish();
  }
  for (std::size_t number = 0; number < options_.buyers; ++number) {
    const UserId who{"b" + std::to_string(number)};
    std::vector<OrderId> reserved;
    for (std::size_t i = 0; i < offered.size() && !oracle_.findings().any(); ++i) {
      const auto order = market.new_order_id(offered[i].slot());
      const bool is_one_too_many = i == live_max;
      const auto how = patient();
      oracle_.intend(order.hex(), how.deadline);
      const auto judged = judge<Ticket>(offered[i], order.hex(), {});
      const Check<Seen<Ticket>> check = [=, this](const Answered<Seen<Ticket>>& answer) {
        judged(answer);
        if (answer.has_value() == is_one_too_many)
          report("P8", who.text + " has " + std::to_string(i) + " live orders and " +
                           (answer ? "may have one more" : describe(answer.error())));
      };
      market.ask(offered[i], Ticket::Reserve{order, who, hold_ms}, how,
                 ask<Seen<Ticket>>("reserve " + brief(offered[i]) + " for " + who.text, check));
      finish();
      if (!is_one_too_many) reserved.push_back(order);
    }
    // Some by themselves, some when their time comes.
    for (const auto& order : reserved) {
      market.ask(order, Order::Cancel{who}, patient(),
                 ask<Seen<Order>>("cancel " + brief(order), judge<Order>(order, {}, {})));
      finish();
    }
  }
}

// ---- the gateway's own messages

void Clients::deliver(Market& market, LedgerGateway& gateway) {
  auto& outbox = gateway.outbox();
  const auto message = std::find_if(outbox.begin(), outbox.end(), [this](const auto& each) {
    return !delivering_.contains(each.payment);
  });
  if (message == outbox.end()) return;
  const auto sent = *message;
  outbox.erase(message);
  const auto order = *oracle_.order_of(sent.payment);
  delivering_.insert(sent.payment);
  auto done = ask<Seen<Order>>("gateway tells " + brief(order) + ": " +
                                   describe(Order::SettlePayment{sent.payment, sent.outcome}),
                               judge<Order>(order, {}, {}));
  market.ask(order, Order::SettlePayment{sent.payment, sent.outcome}, options(market),
             [this, sent, &gateway, done = std::move(done)](Answered<Seen<Order>> answer) {
               delivering_.erase(sent.payment);
               // Not taken: said again, before anything newer about this payment.
               if (!answer) gateway.outbox().push_front(sent);
               done(std::move(answer));
             });
}

// ---- the operator

void Clients::settle_by_hand(Market& market, LedgerGateway& gateway, bool all_refunds) {
  std::vector<std::pair<OrderId, Order::Payment>> doubtful;
  for (const auto& [id, states] : oracle_.all<Order>())
    for (const auto& payment : states.back()->payments) {
      const bool by_hand = payment.status == Order::PaymentStatus::refund_refused;
      const bool is_open = by_hand || payment.status == Order::PaymentStatus::started ||
                           payment.status == Order::PaymentStatus::written_off;
      if (all_refunds ? by_hand : is_open || dice_.one_in(10)) doubtful.emplace_back(id, payment);
    }
  if (doubtful.empty()) return;
  if (all_refunds)
    for (const auto& [order, payment] : doubtful) say(market, gateway, order, payment);
  else if (const auto& [order, payment] = dice_.any_of(doubtful); true)
    say(market, gateway, order, payment);
}

void Clients::say(Market& market, LedgerGateway& gateway, OrderId order,
                  const Order::Payment& payment) {
  const auto* entry = gateway.find(payment.id);
  Order::SettleByOperator word{payment.id, Order::Verdict::not_charged, {}, "seen in the books"};
  const bool took = entry && entry->keeps_money();
  if (payment.status == Order::PaymentStatus::refund_refused) {
    gateway.give_back_by_hand(payment.id);
    word.verdict = Order::Verdict::refunded;
  } else if (took && payment.status != Order::PaymentStatus::refund_due) {
    word.verdict = Order::Verdict::captured;
    word.charge = "ch_" + payment.id.hex();
  } else if (payment.status == Order::PaymentStatus::started) {
    gateway.write_off(payment.id);
  }
  const std::string text = "the operator settles " + brief(payment.id) + " of " + brief(order) +
                           " as " + std::to_string(static_cast<int>(word.verdict));
  market.ask(order, word, options(market), ask<Seen<Order>>(text, judge<Order>(order, {}, {})));
}

void Clients::check_none_waits(const std::string& when) {
  if (waiting_.empty()) return;
  const auto& [number, text] = *waiting_.begin();
  report("P8", std::to_string(waiting_.size()) + " asks have no answer " + when +
                   "; the first: ask " + std::to_string(number) + ", " + text);
}

}  // namespace usher::sim
