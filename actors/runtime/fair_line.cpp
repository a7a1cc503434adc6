#include "actors/runtime/fair_line.hpp"

#include <algorithm>
#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/response_promise.hpp>
#include <caf/stateful_actor.hpp>
#include <chrono>
#include <utility>

#include "actors/runtime/messages.hpp"
#include "base/invariant.hpp"

namespace usher {
namespace {

using Steady = std::chrono::steady_clock;

class FairLine {
 public:
  using Self = caf::stateful_actor<FairLine>;

  static caf::behavior make(Self* self, caf::actor pool, FairLineOptions options,
                            std::atomic<std::int64_t>* queued) {
    auto& line = self->state;
    line.self_ = self;
    line.pool_ = std::move(pool);
    line.options_ = options;
    line.queue_ = FairQueue<Job>{options.limits};
    line.queued_ = queued;
    return {
        [&line](Job& job) { line.take(std::move(job)); },
        [&line](Stop) { line.stop(); },
    };
  }

 private:
  void count(int change) const {
    if (queued_) queued_->fetch_add(change, std::memory_order_relaxed);
  }

  void refuse(const Job& job) const {
    if (job.refused) job.refused(std::max<DurationMs>(queue_.expected_wait_ms(), 1));
  }

  void take(Job job) {
    if (stopping_) return refuse(job);
    count(+1);
    const std::string client = std::move(job.client);
    if (const auto refused = queue_.push(client, std::move(job))) {
      count(-1);
      refuse(*refused);
    }
    run_next();
  }

  void run_next() {
    while (running_ < options_.limits.at_once) {
      auto job = queue_.next();
      if (!job) return;
      ++running_;
      const auto since = Steady::now();
      self_->request(pool_, caf::infinite, std::move(*job))
          .then([this, since] { finished(since); },
                [this, since](const caf::error&) { finished(since); });
    }
  }

  void finished(Steady::time_point since) {
    INVARIANT(running_ > 0);
    --running_;
    count(-1);
    if (!options_.simulated)
      queue_.note_ms(std::chrono::duration<double, std::milli>(Steady::now() - since).count());
    if (stopping_) return finish_if_idle();
    run_next();
  }

  void stop() {
    stopping_ = true;
    while (const auto job = queue_.next()) {
      count(-1);
      refuse(*job);
    }
    stopped_ = self_->make_response_promise();
    finish_if_idle();
  }

  void finish_if_idle() {
    if (running_ > 0) return;
    stopped_.deliver(Stopped{});
    self_->quit();
  }

  Self* self_ = nullptr;
  caf::actor pool_;
  FairLineOptions options_;
  FairQueue<Job> queue_{FairQueueLimits{}};
  std::atomic<std::int64_t>* queued_ = nullptr;
  std::size_t running_ = 0;
  bool stopping_ = false;
  caf::response_promise stopped_;
};

}  // namespace

caf::actor spawn_fair_line(caf::actor_system& system, caf::actor pool, FairLineOptions options,
                           std::atomic<std::int64_t>* queued) {
  return system.spawn(FairLine::make, std::move(pool), options, queued);
}

}  // namespace usher
