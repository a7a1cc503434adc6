#include "tests/sim/oracle.hpp"

#include "tests/sim/describe.hpp"
#include "tests/sim/trace.hpp"

namespace usher::sim {
namespace {

using Status = Order::Status;
using PaymentStatus = Order::PaymentStatus;

std::uint64_t hash_of(const Record& record) {
  Trace hash;
  for (const auto number :
       {std::uint64_t{record.shard}, record.offset, record.epoch, record.version,
        std::uint64_t{record.type}, static_cast<std::uint64_t>(record.time)})
    hash.mix(number);
  hash.mix(record.stream);
  hash.mix(record.payload);
  return hash.hash();
}

std::string text_of(Version version) { return std::to_string(version); }

}  // namespace

// ---- marks

void Oracle::deny(const Mark& name, const std::string& why) {
  auto& marked = marks_[name];
  if (marked.intended > 1) return;
  if (marked.seen) report("P2", name + " was answered with " + why + ", but it is in the journal");
  marked.denied = why;
}

void Oracle::mark(const Mark& name, TimeMs at) {
  if (node_draws_ids_ && !marks_.contains(name)) return;
  auto& marked = marks_[name];
  if (at > marked.deadline)
    report("P8", name + " was executed " + std::to_string(at - marked.deadline) +
                     " ms after its deadline");
  if (!marked.denied.empty() && marked.intended == 1)
    report("P2", name + " comes into the journal after it was answered with " + marked.denied);
  marked.seen = true;
}

// ---- records

void Oracle::see(const FeedRecord& fed) {
  const auto& record = fed.record;
  if (fed.seq != hashes_.size() + 1)
    return report("P2", "the feed goes on with " + describe(fed) + " after seq " +
                            std::to_string(hashes_.size()));
  hashes_.push_back(hash_of(record));
  if (record.offset != next_offset_[record.shard]++)
    report("P5", "offsets of the shard have a gap: " + describe(fed));
  CommitStamp& last_time = last_times_[is_alone_ ? ShardNumber{0} : record.shard];
  if (record.time < last_time) report("P5", "commit times run backwards: " + describe(fed));
  last_time = record.time;
  const auto fence = fenced_.find(record.shard);
  if (fence != fenced_.end() && record.epoch <= fence->second)
    report("P7", "a deposed incarnation has written " + describe(fed));
  if (record.epoch < epochs_[record.shard])
    report("P7", "written under an old epoch: " + describe(fed));
  epochs_[record.shard] = record.epoch;
  switch (record.stream[0]) {
    case 't':
      return fold<Ticket>(fed);
    case 'o':
      return fold<Order>(fed);
    case 'a':
      return fold<Account>(fed);
    default:
      return fold<RequestKey>(fed);
  }
}

template <class A>
void Oracle::fold(const FeedRecord& fed) {
  const auto& record = fed.record;
  const auto key = key_of<A>(record.stream);
  const auto event = decode_event<A>(record.type, record.schema, record.payload);
  if (!key || !event) return report("P6", "cannot be decoded: " + describe(fed));
  auto& states = std::get<Timelines<A>>(timelines_)[*key];
  if (record.version != states.size() + 1)
    return report("P5", "versions have a gap: " + describe(fed) + " follows version " +
                            text_of(states.size()));
  const auto* before = states.empty() ? nullptr : states.back().get();
  judge(*key, before, record.version, *event);
  if (findings_.any()) return;
  states.push_back(std::make_shared<const typename A::State>(A::evolve(before, *event)));
}

void Oracle::commit_done() {
  for (const auto& [order, reserved] : unborn_)
    report("P1", brief(reserved.first) + " is reserved for " + brief(order) +
                     ", which was not born in the same commit");
  unborn_.clear();
}

bool Oracle::is_durable(const FeedRecord& fed) const {
  return fed.seq > 0 && fed.seq <= hashes_.size() && hash_of(fed.record) == hashes_[fed.seq - 1];
}

void Oracle::check_nothing_lost(const Journal& journal) {
  FeedSeq seq = 0;
  while (seq < hashes_.size()) {
    const auto records = journal.read_feed(seq, 256);
    if (!records) return report("P2", "the feed can't be read behind " + std::to_string(seq));
    if (records->empty())
      return report("P2", "records behind seq " + std::to_string(seq) + " are gone; " +
                              std::to_string(hashes_.size()) + " were durable");
    for (const auto& fed : *records) {
      if (seq == hashes_.size()) return;
      if (hash_of(fed.record) != hashes_[seq])
        return report("P2", "a durable record has changed: " + describe(fed));
      ++seq;
    }
  }
}

const OrderId* Oracle::order_of(const PaymentId& payment) const {
  const auto found = payments_.find(payment);
  return found == payments_.end() ? nullptr : &found->second;
}

// ---- tickets

void Oracle::judge(const TicketId& id, const Ticket::State* ticket, Version version,
                   const Ticket::Event& event) {
  const std::string name = brief(id) + " v" + text_of(version);
  if ((ticket == nullptr) != std::holds_alternative<Ticket::Created>(event))
    return report("P5", name + ": a ticket begins with Created, once");
  if (const auto* created = std::get_if<Ticket::Created>(&event))
    return mark(created->listing.title, created->at);
  if (const auto* edited = std::get_if<Ticket::Edited>(&event)) {
    if (ticket->hold)
      report("P1", name + " is edited while " + brief(ticket->hold->order) + " has it");
    const auto wanted = edits_.find(edited->listing.title);
    if (wanted != edits_.end() && wanted->second != version)
      report("P5", name + " is " + edited->listing.title + ", which was based on version " +
                       text_of(wanted->second - 1));
    return mark(edited->listing.title);
  }
  if (const auto* reserved = std::get_if<Ticket::Reserved>(&event)) {
    if (ticket->hold)
      report("P1", name + " is reserved for " + brief(reserved->order) + " while " +
                       brief(ticket->hold->order) + " has it");
    if (!(reserved->listing == ticket->listing))
      report("P5", name + " is reserved as another listing than it has");
    unborn_.emplace(reserved->order, std::pair{id, *reserved});
    return;
  }
  const auto* sold = std::get_if<Ticket::Sold>(&event);
  const auto order_id = sold ? sold->order : std::get<Ticket::Released>(event).order;
  const auto* order = newest<Order>(order_id);
  if (!ticket->hold || ticket->hold->order != order_id || ticket->hold->sold)
    return report("P1", name + (sold ? " is sold to " : " is released by ") + brief(order_id) +
                            ", which does not hold it");
  if (!order || order->status != (sold ? Status::complete : Status::cancelled))
    report("P1", name + (sold ? " is sold to " : " is released by ") + brief(order_id) +
                     ", which has not ended so");
}

// ---- orders

void Oracle::judge(const OrderId& id, const Order::State* order, Version version,
                   const Order::Event& event) {
  if ((order == nullptr) != std::holds_alternative<Order::Placed>(event))
    return report("P5",
                  brief(id) + " v" + text_of(version) + ": an order begins with Placed, once");
  if (order) return judge_order(id, *order, event);

  const auto& placed = std::get<Order::Placed>(event);
  const auto reserved = unborn_.find(id);
  if (reserved == unborn_.end() || reserved->second.first != placed.ticket.id)
    return report("P1", brief(id) + " is born without a reservation of its ticket");
  const auto& facts = reserved->second.second;
  if (placed.buyer != facts.buyer || placed.deadline != facts.deadline ||
      placed.ticket.price != facts.listing.price || placed.ticket.title != facts.listing.title)
    report("P1", brief(id) + " is not what its ticket's reservation says");
  unborn_.erase(reserved);
  const auto [live, is_new] = live_.emplace(placed.ticket.id, id);
  if (!is_new)
    report("P1", brief(placed.ticket.id) + " has two live orders: " + brief(live->second) +
                     " and " + brief(id));
  mark(id.hex(), placed.at);
}

void Oracle::judge_order(const OrderId& id, const Order::State& order, const Order::Event& event) {
  const auto name = brief(id);
  const auto payment_is = [&](const PaymentId& payment, PaymentStatus status) {
    const auto* found = order.find_payment(payment);
    return found && found->status == status;
  };
  if (const auto* started = std::get_if<Order::PaymentStarted>(&event)) {
    if (order.status != Status::created)
      report("P3", name + ": a payment starts, but the order is not open");
    if (started->at >= order.deadline) report("P4", name + ": a payment starts after the deadline");
    const auto [known, is_new] = payments_.emplace(started->payment, id);
    if (!is_new && known->second != id) report("P3", name + ": a payment of another order");
    return mark(started->payment.hex(), started->at);
  }
  if (const auto* paid = std::get_if<Order::Paid>(&event)) {
    if (!payment_is(paid->payment, PaymentStatus::started))
      report("P3", name + " is paid by a payment that is not in flight");
    return;
  }
  if (const auto* declined = std::get_if<Order::PaymentDeclined>(&event)) {
    if (!payment_is(declined->payment, PaymentStatus::started) &&
        !payment_is(declined->payment, PaymentStatus::written_off))
      report("P3", name + ": a payment is declined that is not in flight");
    return;
  }
  if (const auto* cancelled = std::get_if<Order::Cancelled>(&event)) {
    if (order.status != Status::created)
      report("P3", name + " is cancelled while it is paid or being paid");
    if (cancelled->reason == Order::Reason::expired && cancelled->at < order.deadline)
      report("P4", name + " expires before its deadline");
    live_.erase(order.ticket.id);
    return;
  }
  if (const auto* due = std::get_if<Order::RefundDue>(&event)) {
    if (!payment_is(due->payment, PaymentStatus::declined) &&
        !payment_is(due->payment, PaymentStatus::written_off))
      report("P3", name + ": money goes back of a payment that was not declined");
    return;
  }
  if (const auto* refused = std::get_if<Order::RefundRefused>(&event)) {
    if (!payment_is(refused->payment, PaymentStatus::refund_due))
      report("P3", name + ": a refund is refused that was not due");
    return;
  }
  if (const auto* word = std::get_if<Order::OperatorSettled>(&event)) {
    if (word->verdict == Order::Verdict::not_charged &&
        !payment_is(word->payment, PaymentStatus::started))
      report("P3", name + ": a payment is written off that is not in flight");
    return;
  }
  const auto& refunded = std::get<Order::Refunded>(event);
  if (!payment_is(refunded.payment, PaymentStatus::refund_due) &&
      !payment_is(refunded.payment, PaymentStatus::refund_refused))
    report("P3", name + ": refunded, but no refund was due");
}

void Oracle::judge(const RequestKeyId& id, const RequestKey::State* state, Version,
                   const RequestKey::Event&) {
  if (state) report("P5", brief(id) + " is claimed twice");
}

}  // namespace usher::sim
