// O1 to O5 under random commands, judged by a model that follows the money.
#include <map>
#include <set>
#include <string>
#include <utility>

#include "tests/domain/random_walk.hpp"

using namespace usher;
using namespace usher::test;

namespace {

// An order as a clerk would keep it: a word for how it stands, and a word for each attempt to pay.
class Clerk {
 public:
  struct Answer {
    std::string word;  // a rejection's name, or "ok"
    std::size_t events = 0;
    std::size_t effects = 0;
  };

  Answer expect(const Order::Command& command, TimeMs now) const {
    return std::visit([&](const auto& c) { return expect(c, now); }, command);
  }

  // What must be true of every event at the moment when it happens.
  void see(const Order::Event& event, TimeMs now) {
    std::visit([&](const auto& e) { see(e, now); }, event);
  }

  void compare(const Order::State& order) const {
    const std::map<std::string, Order::Status> statuses{
        {"open", Order::Status::created},
        {"paying", Order::Status::awaiting_payment},
        {"paid", Order::Status::complete},
        {"off", Order::Status::cancelled},
    };
    CHECK(order.status == statuses.at(stands_));
    CHECK(order.payments.size() == attempts_.size());
    CHECK(order.payments.size() <= Order::payments_max);
    CHECK(count("kept") == (stands_ == "paid" ? 1 : 0));  // O3
    CHECK(count("asked") == (stands_ == "paying" ? 1 : 0));
    compare_reminders(order);
  }

 private:
  // ---- what a command should bring

  Answer expect(const Order::StartPayment& c, TimeMs now) const {
    if (c.payer != bob) return {"not_owner"};
    if (attempts_.count(c.payment) != 0) {
      const auto& word = attempts_.at(c.payment);
      return {word == "asked" || word == "kept" ? "ok" : "payment_declined"};
    }
    if (stands_ == "off") return {"order_cancelled"};
    if (stands_ == "paid") return {"order_complete"};
    if (stands_ == "paying") return {"payment_in_flight"};
    if (now >= walk_deadline) return {"order_expired"};
    if (attempts_.size() == 20) return {"too_many_payments"};
    return {"ok", 1, 1};
  }
  Answer expect(const Order::SettlePayment& c, TimeMs now) const {
    const auto attempt = attempts_.find(c.payment);
    if (attempt == attempts_.end()) return {"not_found"};
    const bool took_money = std::holds_alternative<Order::Captured>(c.outcome);
    if (attempt->second == "asked") {
      if (took_money) return {"ok", 1, 1};  // the ticket is told
      const bool also_ends = now >= walk_deadline;
      return {"ok", also_ends ? 2U : 1U, also_ends ? 1U : 0U};
    }
    if (attempt->second == "doubt" && !took_money) return {"ok", 1, 0};
    const bool let_go = attempt->second == "no" || attempt->second == "doubt";
    const std::size_t owed = took_money && let_go ? 1 : 0;
    return {"ok", owed, owed};
  }
  Answer expect(const Order::SettleByOperator& c, TimeMs now) const {
    const auto attempt = attempts_.find(c.payment);
    if (attempt == attempts_.end()) return {"not_found"};
    const auto& word = attempt->second;
    const bool took = c.verdict == Order::Verdict::captured;
    const bool took_not = c.verdict == Order::Verdict::not_charged;
    const std::size_t ends = now >= walk_deadline ? 1 : 0;
    if (word == "asked" && took) return {"ok", 2, 1};
    if (word == "asked" && took_not) return {"ok", 1 + ends, 1 + ends};
    if ((word == "no" || word == "doubt") && took) return {"ok", 2, 1};
    if ((word == "no" || word == "doubt") && took_not) return {"ok"};
    if ((word == "owed" || word == "hand") && !took && !took_not) return {"ok", 2, 0};
    if (word == "kept" && took) return {"ok"};
    if (word == "back" && !took && !took_not) return {"ok"};
    return {"payment_settled"};
  }
  Answer expect(const Order::SettleRefund& c, TimeMs) const {
    const auto attempt = attempts_.find(c.payment);
    if (attempt == attempts_.end()) return {"ok"};
    const bool is_news = attempt->second == "owed" || (attempt->second == "hand" && !c.refusal);
    return {"ok", is_news ? 1U : 0U};
  }
  Answer expect(const Order::Cancel& c, TimeMs) const {
    if (c.by != bob) return {"not_owner"};
    if (stands_ == "paid") return {"order_complete"};
    if (stands_ == "paying") return {"payment_in_flight"};
    const std::size_t ends = stands_ == "open" ? 1 : 0;
    return {"ok", ends, ends};
  }
  Answer expect(const Order::Remind& c, TimeMs now) const {
    const bool over = stands_ == "paid" || stands_ == "off";
    if (c.name == ReminderName::expire) {
      const std::size_t ends = stands_ == "open" && now >= walk_deadline ? 1 : 0;
      return {"ok", ends, ends};
    }
    if (c.name == ReminderName::settle) return {"ok", 0, stands_ == "paying" ? 1U : 0U};
    if (c.name == ReminderName::tell_ticket) return {"ok", 0, over ? 1U : 0U};
    if (c.name == ReminderName::look_up) return {"ok", 0, count("doubt")};
    return {"ok", 0, count("owed")};
  }

  // ---- what an event may and does change

  void see(const Order::Placed&, TimeMs) { FAIL_CHECK("an order is born once"); }
  void see(const Order::PaymentStarted& e, TimeMs now) {
    CHECK(stands_ == "open");     // O1
    CHECK(e.at < walk_deadline);  // O2
    CHECK(e.at == now);
    CHECK(attempts_.emplace(e.payment, "asked").second);
    started_at_[e.payment] = now;
    stands_ = "paying";
  }
  void see(const Order::PaymentDeclined& e, TimeMs) {
    const auto was = std::exchange(attempts_.at(e.payment), "no");
    if (was == "doubt") return;  // O5: certain now; the order has gone on
    CHECK(was == "asked");
    CHECK(stands_ == "paying");
    stands_ = "open";
  }
  void see(const Order::OperatorSettled& e, TimeMs now) {
    CHECK(e.at == now);
    if (e.verdict != Order::Verdict::not_charged) return;  // the event behind it says the rest
    CHECK(stands_ == "paying");
    CHECK(std::exchange(attempts_.at(e.payment), "doubt") == "asked");
    stands_ = "open";
  }
  void see(const Order::RefundRefused& e, TimeMs now) {
    CHECK(e.at == now);
    CHECK(std::exchange(attempts_.at(e.payment), "hand") == "owed");
  }
  void see(const Order::Paid& e, TimeMs now) {
    CHECK(stands_ == "paying");
    CHECK(std::exchange(attempts_.at(e.payment), "kept") == "asked");
    stands_ = "paid";
    ended_at_ = now;
  }
  void see(const Order::Cancelled& e, TimeMs now) {
    CHECK(stands_ == "open");  // O1, O2: neither while it is being paid nor once it has ended
    if (e.reason == Order::Reason::expired) CHECK(now >= walk_deadline);
    CHECK(e.ticket == ticket_id);
    stands_ = "off";
    ended_at_ = now;
  }
  void see(const Order::RefundDue& e, TimeMs now) {
    const auto was = std::exchange(attempts_.at(e.payment), "owed");
    CHECK((was == "no" || was == "doubt"));
    owed_since_[e.payment] = now;
  }
  void see(const Order::Refunded& e, TimeMs) {
    const auto was = std::exchange(attempts_.at(e.payment), "back");
    CHECK((was == "owed" || was == "hand"));
    owed_since_.erase(e.payment);
  }

  void compare_reminders(const Order::State& order) const {
    std::set<Reminder> wanted;
    if (stands_ == "open") wanted.insert({ReminderName::expire, walk_deadline});
    if (stands_ == "paying") wanted.insert({ReminderName::settle, order.payments.back().at});
    if (stands_ == "paid" || stands_ == "off")  // O4
      wanted.insert({ReminderName::tell_ticket, ended_at_});
    TimeMs earliest = 0;
    for (const auto& [id, since] : owed_since_)
      if (earliest == 0 || since < earliest) earliest = since;
    if (earliest != 0) wanted.insert({ReminderName::refund, earliest});
    TimeMs doubted = 0;
    for (const auto& [id, is] : attempts_)
      if (is == "doubt" && (doubted == 0 || started_at_.at(id) < doubted))
        doubted = started_at_.at(id);
    if (doubted != 0) wanted.insert({ReminderName::look_up, doubted});

    const auto reminders = Order::reminders(order);
    CHECK(std::set<Reminder>(reminders.begin(), reminders.end()) == wanted);
    CHECK(reminders.size() == wanted.size());
  }

  std::size_t count(const std::string& word) const {
    std::size_t found = 0;
    for (const auto& [id, is] : attempts_) found += is == word ? 1 : 0;
    return found;
  }

  std::string stands_ = "open";
  // asked, no, kept, owed, hand (owed, and the gateway will not), back or doubt (written off)
  std::map<PaymentId, std::string> attempts_;
  std::map<PaymentId, TimeMs> started_at_;
  std::map<PaymentId, TimeMs> owed_since_;
  TimeMs ended_at_ = 0;
};

}  // namespace

TEST_CASE("an order keeps its invariants under any commands, and does what the model says") {
  Coverage<Order> happened;
  std::map<std::string, int> answers;
  for (Seed seed = 1; seed <= 500; ++seed) {
    CAPTURE(seed);
    Clerk clerk;
    walk_order(seed, 800, [&](const Step<Order>& step) {
      CAPTURE(step.now);
      CAPTURE(step.command.index());
      const auto expected = clerk.expect(step.command, step.now);
      const std::string word = step.decision ? "ok" : std::string{name_of(step.decision.error())};
      ++answers[word];
      REQUIRE(word == expected.word);
      if (!step.decision) {
        CHECK(step.after == step.before);
        return;
      }
      CHECK(step.decision->events.size() == expected.events);
      CHECK(step.decision->effects.size() == expected.effects);
      for (const auto& event : step.decision->events) clerk.see(event, step.now);
      clerk.compare(*step.after);
      happened.count(step.decision->events);
    });
  }
  for (std::size_t event = 1; event < happened.seen().size(); ++event) {  // 0 is the birth
    CAPTURE(event);
    CHECK(happened.seen()[event] > 50);  // or the walk proves nothing
  }
  for (const std::string word :
       {"ok", "not_owner", "not_found", "order_cancelled", "order_complete", "order_expired",
        "payment_in_flight", "payment_declined", "too_many_payments", "payment_settled"}) {
    CAPTURE(word);
    CHECK(answers[word] > 20);
  }
}
