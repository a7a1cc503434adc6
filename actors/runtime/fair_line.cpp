#include "actors/runtime/fair_line.hpp"

#include <algorithm>
#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/response_promise.hpp>
#include <caf/stateful_actor.hpp>
#include <chrono>
#include <exception>
#include <utility>

#include "actors/runtime/failures.hpp"
#include "actors/runtime/messages.hpp"
#include "base/invariant.hpp"

namespace usher {
namespace {

using Steady = std::chrono::steady_clock;

class FairLine {
 public:
  using Self = caf::stateful_actor<FairLine>;

  static caf::behavior make(Self* self, caf::actor pool, FairLineOptions options,
                            FairLineCounts counts, std::function<void(const std::string&)> log) {
    auto& line = self->state;
    line.self_ = self;
    line.pool_ = std::move(pool);
    line.queue_ = FairQueue<Job>{options.limits};
    line.options_ = std::move(options);
    line.who_ = line.options_.name + ": a job in line";
    line.counts_ = counts;
    line.log_ = std::move(log);
    self->set_exception_handler([&line](caf::scheduled_actor*, std::exception_ptr& error) {
      if (line.counts_.ended) line.counts_.ended->store(true);
      line.note_failure(error);
      return caf::error{caf::exit_reason::unhandled_exception};
    });
    return {
        [&line](Job& job) { line.alone([&] { line.take(std::move(job)); }); },
        [&line](Stop) { line.stop(); },
    };
  }

 private:
  void count(int change) const {
    if (counts_.queued) counts_.queued->fetch_add(change, std::memory_order_relaxed);
  }

  // What throws, a callback of one job or the allocator, costs that job: the line goes on.
  template <class F>
  void alone(F handle) noexcept {
    try {
      handle();
    } catch (...) {
      note_failure(std::current_exception());
    }
  }

  void note_failure(const std::exception_ptr& error) const noexcept {
    usher::note_failure(counts_.failed, log_, who_.c_str(), error);
  }

  void refuse(const Job& job) noexcept {
    alone([&] {
      if (job.refused) job.refused(std::max<DurationMs>(queue_.expected_wait_ms(), 1));
    });
  }

  void take(Job job) {
    if (stopping_) return refuse(job);
    const std::string client = std::move(job.client);
    if (const auto refused = queue_.push(client, std::move(job)))
      refuse(*refused);
    else
      count(+1);
    run_next();
  }

  void run_next() {
    while (running_ < options_.limits.at_once) {
      auto job = queue_.next();
      if (!job) return;
      ++running_;
      try {
        send(std::move(*job));
      } catch (...) {  // whether or not it is under way: nothing will be heard of it
        --running_;
        count(-1);
        note_failure(std::current_exception());
      }
    }
  }

  void send(Job job) {
    const auto since = Steady::now();
    self_->request(pool_, caf::infinite, std::move(job))
        .then([this, since] { finished(since); },
              [this, since](const caf::error&) { finished(since); });
  }

  void finished(Steady::time_point since) {
    INVARIANT(running_ > 0);
    --running_;
    count(-1);
    const std::chrono::duration<double, std::milli> took = Steady::now() - since;
    if (!options_.simulated) alone([&] { queue_.note_ms(took.count()); });
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
  std::string who_;  // fails, in the log
  FairLineCounts counts_;
  std::function<void(const std::string&)> log_;
  std::size_t running_ = 0;
  bool stopping_ = false;
  caf::response_promise stopped_;
};

}  // namespace

caf::actor spawn_fair_line(caf::actor_system& system, caf::actor pool, FairLineOptions options,
                           FairLineCounts counts, std::function<void(const std::string&)> log) {
  return system.spawn(FairLine::make, std::move(pool), std::move(options), counts, std::move(log));
}

}  // namespace usher
