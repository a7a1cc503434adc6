// CAF's scheduler, with one difference. Every actor that ends tells CAF's clock to cancel its
// timeouts, which wakes the clock's thread, whether it ever had one or not; hosts come and go by
// the thousand in a second and have none. This clock is not told of those.
// (CAF 0.17.6: local_actor::cleanup, detail::thread_safe_actor_clock::push.)
#pragma once

#include <atomic>
#include <caf/detail/thread_safe_actor_clock.hpp>
#include <caf/policy/work_sharing.hpp>
#include <caf/scheduler/coordinator.hpp>
#include <cstdint>
#include <mutex>
#include <unordered_set>
#include <utility>

namespace usher {

// Hands everything on to the clock that runs, except what concerns nobody. Any thread. (It is of
// the running clock's type because CAF wants that; the queue that it inherits is never used.)
class QuietClock final : public caf::detail::thread_safe_actor_clock {
 public:
  explicit QuietClock(caf::detail::thread_safe_actor_clock& running) : running_(running) {}

  void set_ordinary_timeout(time_point at, caf::abstract_actor* self, caf::atom_value type,
                            std::uint64_t id) override {
    remember(self);
    running_.set_ordinary_timeout(at, self, type, id);
  }
  void set_request_timeout(time_point at, caf::abstract_actor* self, caf::message_id id) override {
    remember(self);
    running_.set_request_timeout(at, self, id);
  }
  void set_multi_timeout(time_point at, caf::abstract_actor* self, caf::atom_value type,
                         std::uint64_t id) override {
    remember(self);
    running_.set_multi_timeout(at, self, type, id);
  }
  void cancel_ordinary_timeout(caf::abstract_actor* self, caf::atom_value type) override {
    running_.cancel_ordinary_timeout(self, type);
  }
  void cancel_request_timeout(caf::abstract_actor* self, caf::message_id id) override {
    running_.cancel_request_timeout(self, id);
  }
  // Called by each actor as the last thing that it does.
  void cancel_timeouts(caf::abstract_actor* self) override {
    if (forget(self)) running_.cancel_timeouts(self);
  }
  void schedule_message(time_point at, caf::strong_actor_ptr receiver,
                        caf::mailbox_element_ptr content) override {
    running_.schedule_message(at, std::move(receiver), std::move(content));
  }
  void schedule_message(time_point at, caf::group target, caf::strong_actor_ptr sender,
                        caf::message content) override {
    running_.schedule_message(at, std::move(target), std::move(sender), std::move(content));
  }
  void cancel_all() override { running_.cancel_all(); }

 private:
  void remember(caf::abstract_actor* self) {
    const std::lock_guard lock{mutex_};
    with_timeouts_.insert(self);
    count_.store(with_timeouts_.size(), std::memory_order_release);
  }
  // False: it never asked for a timeout. An actor ends behind everything that it asked for.
  bool forget(caf::abstract_actor* self) {
    if (count_.load(std::memory_order_acquire) == 0) return false;
    const std::lock_guard lock{mutex_};
    const bool had_one = with_timeouts_.erase(self) > 0;
    count_.store(with_timeouts_.size(), std::memory_order_release);
    return had_one;
  }

  caf::detail::thread_safe_actor_clock& running_;
  std::mutex mutex_;
  std::unordered_set<caf::abstract_actor*> with_timeouts_;
  std::atomic<std::size_t> count_{0};  // of them: mostly none, and then nobody takes the mutex
};

// One queue for all workers: CAF's default, work stealing, polls when idle, which costs a core that
// the journal and the front need, and its sleeps delay a message by 50 us and more
// (docs/performance.md).
class ActorScheduler final : public caf::scheduler::coordinator<caf::policy::work_sharing> {
 public:
  using coordinator::coordinator;
  static caf::actor_system::module* make(caf::actor_system& system, caf::detail::type_list<>) {
    return new ActorScheduler(system);  // CAF owns its modules
  }
  QuietClock& clock() noexcept override { return quiet_; }

 private:
  QuietClock quiet_{coordinator::clock()};
};

}  // namespace usher
