// Sellers and buyers at the market's door: draws operations, and holds every answer against the
// oracle. An answer is a promise: what it says is durable must be in the journal by then, what it
// says was not done must never come into it, and a read is never older than an answered write.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "actors/market/market.hpp"
#include "tests/sim/gateway.hpp"
#include "tests/sim/oracle.hpp"
#include "tests/sim/trace.hpp"
#include "tests/support/dice.hpp"

namespace usher::sim {

class Clients {
 public:
  struct Options {
    std::size_t tickets_max = 4;  // few, so that they are hot
    std::size_t buyers = 4;
    std::size_t slots = 2;  // tickets in one slot share a shard
    DurationMs hold_ms_max = 60'000;
  };
  struct Counts {
    std::uint64_t asked = 0, accepted = 0, rejected = 0, failed = 0, cut_off = 0;
  };

  Clients(Oracle& oracle, Trace& trace, test::Dice& dice, Options options);

  // One operation of somebody, through `market`.
  void act(Market& market);
  // The gateway's own messages, through the same door: one of them, if there is any.
  void deliver(Market& market, LedgerGateway& gateway);
  // An operator looks at one payment that is in doubt, in the gateway's books, and says what he has
  // seen; now and then something that does not fit. `all_refunds`: only refunds that the gateway
  // refuses, and all of them.
  void settle_by_hand(Market& market, LedgerGateway& gateway, bool all_refunds = false);
  // For the end: every ticket and order is read; some list is.
  void read_everything(Market& market);
  void list(Market& market);

  // For the end, when every order has ended: each buyer may have as many live orders as the limit
  // says, and not one more, whatever became of those before. `finish`: until all is answered.
  void reserve_as_many(Market& market, std::size_t live_max, const std::function<void()>& finish);

  // While the node is being killed answers mean nothing: connections break.
  void cut(bool is_cut) { is_cut_ = is_cut; }
  // P8: call when every ask must have been answered.
  void check_none_waits(const std::string& when);
  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }
  [[nodiscard]] const Counts& counts() const { return counts_; }

 private:
  using Number = std::uint64_t;
  template <class T>
  using Check = std::function<void(const Answered<T>&)>;

  // Registers the ask; the callback notes the answer and hands it to `check`.
  template <class T>
  Callback<T> ask(std::string text, Check<T> check);
  // For commands: checks what every answer claims about `key`, then `check_accepted` if accepted.
  template <class A>
  Check<Seen<A>> judge(typename A::Key key, Mark mark,
                       std::function<void(const Seen<A>&)> check_accepted);
  template <class A>
  void check_seen(const typename A::Key& key, const Seen<A>& seen);
  template <class A>
  void read(Market& market, const typename A::Key& key);
  template <class A>
  void read_history(Market& market, const typename A::Key& key);

  void create(Market& market);
  void edit(Market& market);
  void reserve(Market& market);
  void pay(Market& market);
  void cancel(Market& market);
  void claim(Market& market);
  void sign_up(Market& market);
  void say(Market& market, LedgerGateway& gateway, OrderId order, const Order::Payment& payment);
  void read_one(Market& market);

  AskOptions options(Market& market, std::optional<Version> if_version = {});
  TicketId some_ticket();
  OrderId some_order();
  UserId buyer() { return {"b" + std::to_string(dice_.below(options_.buyers))}; }
  UserId seller() { return {"s" + std::to_string(dice_.below(2))}; }
  std::string title(char letter) { return letter + std::to_string(++titles_); }
  void report(std::string check, std::string what) {
    oracle_.findings().report(std::move(check), std::move(what));
  }

  Oracle& oracle_;
  Trace& trace_;
  test::Dice& dice_;
  Options options_;
  std::vector<TicketId> tickets_;
  std::vector<OrderId> orders_;  // that were asked for, born or not
  struct Attempt {
    OrderId order;
    PaymentId payment;
    UserId payer;
  };
  std::vector<Attempt> attempts_;
  std::map<Number, std::string> waiting_;
  // The newest version that an answer has shown, by stream.
  std::map<std::string, Version> shown_;
  std::set<PaymentId> delivering_;
  Counts counts_;
  Number asked_ = 0;
  std::uint64_t titles_ = 0;
  std::uint64_t ids_ = 0;
  bool is_cut_ = false;
};

}  // namespace usher::sim
