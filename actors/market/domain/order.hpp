// One order: reserve -> pay -> sell, or release.
// decide() keeps these invariants, evolve() relies on them:
//   O1  created -> awaiting_payment -> complete, or back to created when declined; created ->
//       cancelled. complete and cancelled are final.
//   O2  A payment starts only before the deadline. While one is in flight the order neither
//       expires nor can be cancelled: it waits until the outcome is definite.
//   O3  At most one payment of an order ends captured without being refunded.
//   O5  Every payment ends: by the gateway's definite answer, or by an operator's word. What the
//       operator has written off is looked at until the gateway can't have taken money for it any
//       more; money that shows up goes back (O3).
//   O4  An order that has ended tells its ticket, and keeps the reminder `tell_ticket` until the
//       ticket has recorded it (the ticket's own event clears it: the two share a shard and so a
//       batch).
// The order is born by its ticket: Ticket::Reserved and Placed are one atomic append.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "actors/market/domain/ids.hpp"
#include "actors/market/domain/money.hpp"
#include "actors/market/domain/rejection.hpp"
#include "actors/market/domain/reminder_name.hpp"
#include "actors/runtime/model/decision.hpp"

namespace usher {

struct Order {
  using Key = OrderId;

  static constexpr std::size_t payments_max = 20;  // attempts; past it: too_many_payments

  // What the buyer of a payment that the operator wrote off is told.
  static constexpr std::string_view written_off_reason = "The payment did not go through.";

  enum class Status : std::uint8_t {
    created = 1,
    awaiting_payment = 2,
    complete = 3,
    cancelled = 4
  };
  enum class Reason : std::uint8_t { by_buyer = 1, expired = 2 };

  // The ticket as it was when it was reserved; `version` is the ticket's version before that.
  struct Bought {
    TicketId id;
    std::string title;
    Money price;
    Version version = 0;
    bool operator==(const Bought&) const = default;
  };

  // ---- commands
  struct StartPayment {
    PaymentId payment;  // new for each attempt; a repeat of a known one meets its first outcome
    UserId payer;
    std::string token;
  };
  struct Captured {
    std::string charge;  // the gateway's name for the money it took
    bool operator==(const Captured&) const = default;
  };
  struct Refused {
    std::string reason;  // words for the buyer
    std::string code;    // the same for programs: decline.hpp
    bool operator==(const Refused&) const = default;
  };
  struct SettlePayment {  // the gateway's definite answer; may come late, or twice
    PaymentId payment;
    std::variant<Captured, Refused> outcome;
  };
  struct SettleRefund {  // the gateway's definite answer
    PaymentId payment;
    std::optional<std::string> refusal;  // why it gives nothing back; nullopt: it has
  };
  // What the operator has found out about a payment that nobody else can settle.
  enum class Verdict : std::uint8_t { captured = 1, not_charged = 2, refunded = 3 };
  struct SettleByOperator {
    PaymentId payment;
    Verdict verdict = Verdict::not_charged;
    std::string charge;  // captured: the gateway's name for the money it took
    std::string note;    // why, for whoever reads the history
  };
  struct Cancel {
    UserId by;
  };
  struct Remind {
    ReminderName name;
  };
  using Command =
      std::variant<StartPayment, SettlePayment, SettleRefund, SettleByOperator, Cancel, Remind>;

  // ---- events: each names the buyer, so that the feed can be filtered by one record
  struct Placed {
    Bought ticket;
    UserId buyer;
    TimeMs at;
    TimeMs deadline;
    bool operator==(const Placed&) const = default;
  };
  struct PaymentStarted {
    UserId buyer;
    PaymentId payment;
    std::string token;
    TimeMs at;
    bool operator==(const PaymentStarted&) const = default;
  };
  struct PaymentDeclined {
    UserId buyer;
    PaymentId payment;
    std::string reason;
    std::string code;  // empty in what was written before there were any
    bool operator==(const PaymentDeclined&) const = default;
  };
  struct Paid {
    UserId buyer;
    PaymentId payment;
    std::string charge;
    TimeMs at;
    bool operator==(const Paid&) const = default;
  };
  struct Cancelled {
    UserId buyer;
    TicketId ticket;
    Reason reason;
    TimeMs at;
    bool operator==(const Cancelled&) const = default;
  };
  // Money was captured for a payment that was already settled otherwise: it has to go back.
  struct RefundDue {
    UserId buyer;
    PaymentId payment;
    std::string charge;
    TimeMs at;
    bool operator==(const RefundDue&) const = default;
  };
  struct Refunded {
    UserId buyer;
    PaymentId payment;
    bool operator==(const Refunded&) const = default;
  };
  // The gateway will never give this money back (a disputed charge, say): somebody has to.
  struct RefundRefused {
    UserId buyer;
    PaymentId payment;
    std::string reason;
    TimeMs at;
    bool operator==(const RefundRefused&) const = default;
  };
  // The operator's word. `captured` is followed by Paid, `refunded` by Refunded; `not_charged`
  // writes the payment off: the order goes on, and PaymentDeclined follows when it is certain.
  struct OperatorSettled {
    UserId buyer;
    PaymentId payment;
    Verdict verdict = Verdict::not_charged;
    std::string note;
    TimeMs at;
    bool operator==(const OperatorSettled&) const = default;
  };
  using Event = std::variant<Placed, PaymentStarted, PaymentDeclined, Paid, Cancelled, RefundDue,
                             Refunded, RefundRefused, OperatorSettled>;

  // ---- state
  enum class PaymentStatus : std::uint8_t {
    started = 1,
    declined = 2,
    captured = 3,
    refund_due = 4,
    refunded = 5,
    refund_refused = 6,  // waits for the operator
    written_off = 7,     // by the operator: as good as declined, and still looked at
  };
  struct Payment {
    PaymentId id;
    PaymentStatus status = PaymentStatus::started;
    std::string token;
    std::string detail;  // the charge when money was captured, the reason when declined
    TimeMs at = 0;       // when it was started; once its money has to go back: since when
    std::string code;    // when declined: see Refused
    bool operator==(const Payment&) const = default;
    // Then `detail` is the gateway's name of it, which is nobody's words.
    [[nodiscard]] bool has_charge() const;
    // Whether it is one that the order's reminder of this name is about.
    [[nodiscard]] bool is_in_doubt(ReminderName kind) const;
  };
  struct State {
    Bought ticket;
    UserId buyer;
    Status status = Status::created;
    TimeMs placed_at = 0;
    TimeMs deadline = 0;
    TimeMs ended_at = 0;            // 0 while it has not
    std::vector<Payment> payments;  // oldest first, at most payments_max
    bool operator==(const State&) const = default;
    [[nodiscard]] bool has_ended() const {
      return status == Status::complete || status == Status::cancelled;
    }
    [[nodiscard]] const Payment* find_payment(const PaymentId& id) const;
  };

  // ---- effects: set off when the event that calls for them is durable, before anybody is
  // answered; and again by the reminder of that event, until a later one records what came of it.
  struct ChargeCard {  // idempotency key = the payment's id: asking twice charges once
    PaymentId payment;
    Money amount;
    std::string token;
    TimeMs started_at = 0;  // a gateway forgets its keys: by this it is known when
    bool again = false;     // it may have been asked before, and charged
    bool operator==(const ChargeCard&) const = default;
  };
  struct LookUp {  // whether the gateway knows a charge: asks, and charges nothing
    ChargeCard charge;
    bool operator==(const LookUp&) const = default;
  };
  struct GiveBack {
    PaymentId payment;
    Money amount;
    std::string charge;
    bool operator==(const GiveBack&) const = default;
  };
  struct TellTicket {  // Ticket::Release or Ticket::Sell
    TicketId ticket;
    bool sold = false;
    TimeMs ended_at = 0;
    bool operator==(const TellTicket&) const = default;
  };
  using Effect = std::variant<ChargeCard, LookUp, GiveBack, TellTicket>;
  using Decision = Decided<Event, Effect>;

  // `state` is null before the first event. No command gives birth to an order: not_found.
  // StartPayment of a known payment: started -> accepted, no events (the caller waits for the
  // outcome); captured -> accepted; declined -> payment_declined.
  static Decision decide(const State* state, const Command& command, TimeMs now);
  static State evolve(const State* state, const Event& event);
  // expire (created: at the deadline), settle (awaiting: at the payment's start), tell_ticket
  // (ended: at the end), refund (refund due: since then), look_up (written off: at the payment's
  // start). All but `expire` are due already when they are set: the event sets off the same effects
  // (repeats_an_effect).
  static std::vector<Reminder> reminders(const State& state);
};

}  // namespace usher
