// A whole node with real threads over a store in memory, asked from the test's thread.
#pragma once

#include <atomic>
#include <future>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>

#include "actors/market/node.hpp"
#include "actors/market/ticket_shop.hpp"
#include "persistence/journal.hpp"
#include "persistence/memory_store.hpp"
#include "tests/support/eventually.hpp"

namespace usher::testing {

// The wall clock, which a test may set forward or stop.
class ShiftedClock final : public Clock {
 public:
  std::int64_t now_us() const override {
    const std::int64_t stopped = stopped_us_.load();
    return (stopped != 0 ? stopped : wall_.now_us()) + shift_us_.load();
  }
  void advance_ms(DurationMs ms) { shift_us_ += ms * 1000; }
  void stop() { stopped_us_ = wall_.now_us(); }

 private:
  std::atomic<std::int64_t> stopped_us_{0};  // 0: it runs
  WallClock wall_;
  std::atomic<std::int64_t> shift_us_{0};
};

inline constexpr DurationMs patience_ms = 20'000;

class TestNode {
 public:
  explicit TestNode(MarketOptions options = {},
                    std::shared_ptr<MemoryDisk> disk = std::make_shared<MemoryDisk>(),
                    std::shared_ptr<ShiftedClock> clock = std::make_shared<ShiftedClock>(),
                    std::size_t live_per_buyer_max = 0,
                    std::unique_ptr<PaymentGateway> gateway = nullptr)
      : disk_(std::move(disk)), clock_(std::move(clock)), store_(disk_) {
    options.shard_count = 8;
    options.reminder_tick_ms = 20;
    JournalOptions journal_options;
    journal_options.shard_count = options.shard_count;
    journal_options.clock_us = [clock = clock_] { return clock->now_us(); };
    journal_options.application = TicketShop::application();
    auto opened = Journal::open(store_, journal_options);
    if (!opened) throw std::runtime_error(opened.error());
    journal_ = *std::move(opened);
    gateway_ =
        gateway ? std::move(gateway) : make_sandbox_gateway({.slow_ms = 200, .unknown_ms = 50});
    node_ = std::make_unique<Node>(
        threads_.system(), NodeParts{.clock = *clock_,
                                     .journal = *journal_,
                                     .gateway = *gateway_,
                                     .options = options,
                                     .scrypt = {.n = 16, .r = 1, .p = 1},
                                     .live_per_buyer_max = live_per_buyer_max,
                                     .id_seed = static_cast<std::uint64_t>(clock_->now_us()),
                                     .on_committed = {},
                                     .log = [this](const std::string& line) { note(line); }});
    node_->start();
  }
  ~TestNode() { stop(); }

  bool stop() {
    if (stopped_) return true;
    stopped_ = true;
    return node_->stop(patience_ms);
  }

  Market& market() { return node_->market(); }
  MarketGauges& gauges() { return node_->gauges(); }
  Journal& journal() { return *journal_; }
  const Runtime& runtime() { return node_->runtime(); }
  // All warnings so far, one a line.
  std::string log() {
    const std::lock_guard lock{log_mutex_};
    return log_;
  }
  ShiftedClock& clock() { return *clock_; }

  template <class K, class C>
  auto ask(K id, C command, std::optional<Version> if_version = {}) {
    using A = AggregateOf<K>;
    return wait<Seen<A>>([&](auto done) {
      market().ask(id, typename A::Command{std::move(command)},
                   AskOptions{market().now() + patience_ms, if_version}, done);
    });
  }
  template <class K>
  auto get(K id) {
    using A = AggregateOf<K>;
    return wait<Seen<A>>([&](auto done) { market().get(id, market().now() + patience_ms, done); });
  }
  Answered<Seen<Order>> pay(OrderId id, std::string payer, std::string token,
                            std::optional<PaymentId> payment = {}) {
    const auto key = payment.value_or(market().new_payment_id(id.slot()));
    return wait<Seen<Order>>([&](auto done) {
      market().pay(id, {key, {std::move(payer)}, std::move(token)},
                   AskOptions{market().now() + patience_ms, {}}, done);
    });
  }

  // Blocks until the callback was called.
  template <class T, class F>
  Answered<T> wait(F start) {
    auto promise = std::make_shared<std::promise<Answered<T>>>();
    auto future = promise->get_future();
    start(Callback<T>{[promise](Answered<T> answer) { promise->set_value(std::move(answer)); }});
    return future.get();
  }

  template <class F>
  bool eventually(F check) {
    return testing::eventually(std::move(check));
  }

 private:
  void note(const std::string& line) {
    const std::lock_guard lock{log_mutex_};
    log_ += line + "\n";
  }

  template <class K>
  struct Of;
  template <class K>
  using AggregateOf = typename Of<K>::type;

  std::shared_ptr<MemoryDisk> disk_;
  std::shared_ptr<ShiftedClock> clock_;
  MemoryStore store_;
  std::unique_ptr<Journal> journal_;
  std::unique_ptr<PaymentGateway> gateway_;
  std::mutex log_mutex_;
  std::string log_;
  ActorThreads threads_{2};
  std::unique_ptr<Node> node_;
  bool stopped_ = false;
};

template <>
struct TestNode::Of<TicketId> {
  using type = Ticket;
};
template <>
struct TestNode::Of<OrderId> {
  using type = Order;
};
template <>
struct TestNode::Of<Email> {
  using type = Account;
};
template <>
struct TestNode::Of<RequestKeyId> {
  using type = RequestKey;
};

// The rejection, or nullopt for an accepted command or a failure.
template <class T>
std::optional<Rejection> rejection_of(const Answered<T>& answer) {
  if (answer) return std::nullopt;
  const auto* why = std::get_if<Rejection>(&answer.error().why);
  return why ? std::optional{*why} : std::nullopt;
}

}  // namespace usher::testing
