#include "actors/runtime/worker_pool.hpp"

#include <algorithm>
#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/response_promise.hpp>
#include <caf/sec.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/system_messages.hpp>
#include <chrono>
#include <cstring>
#include <deque>
#include <map>
#include <utility>

#include "actors/runtime/messages.hpp"
#include "base/invariant.hpp"

namespace usher {
namespace {

// The words of an exception, without memory of its own: there may be none left.
struct JobFailure {
  bool happened = false;
  char words[160] = {};
  void note(const char* what) {
    happened = true;
    std::strncpy(words, what, sizeof words - 1);
  }
};

// Worker -> dispatcher.
struct WorkDone {
  caf::actor_id worker = 0;
  caf::message response;
  JobFailure failure;
};
struct LookForHung {};

}  // namespace
}  // namespace usher

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(usher::WorkDone)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(usher::LookForHung)

namespace usher {
namespace {

using Steady = std::chrono::steady_clock;

caf::behavior work(caf::event_based_actor* self, const caf::actor& dispatcher) {
  return {
      [=](Job& job) {
        WorkDone done;
        done.worker = self->id();
        try {
          done.response = job.run();
        } catch (const std::exception& error) {
          done.failure.note(error.what());
        } catch (...) {
          done.failure.note("something that is no std::exception");
        }
        job.run = nullptr;  // what it holds goes before the next one comes
        self->send(dispatcher, std::move(done));
      },
      [=](Stop) { self->quit(); },
  };
}

class Pool {
 public:
  using Self = caf::stateful_actor<Pool>;

  static caf::behavior make(Self* self, WorkerPoolOptions options, WorkerPoolCounts counts,
                            std::function<void(const std::string&)> log) {
    auto& pool = self->state;
    pool.self_ = self;
    pool.options_ = std::move(options);
    pool.counts_ = counts;
    pool.log_ = std::move(log);
    for (std::size_t i = 0; i < pool.options_.workers; ++i) pool.idle_.push_back(pool.hire());
    self->set_exception_handler([&pool](caf::scheduled_actor*, std::exception_ptr&) {
      if (pool.counts_.ended) pool.counts_.ended->store(true);
      pool.log("has ended by an exception: restart the node");
      return caf::error{caf::exit_reason::unhandled_exception};
    });
    self->set_down_handler([&pool](const caf::down_msg& down) { pool.on_down(down); });
    return {
        [&pool](Job& job) { pool.take(std::move(job)); },
        [&pool](WorkDone& done) { pool.on_done(done); },
        [&pool](LookForHung) { pool.look_for_hung(); },
        [&pool](Stop) { pool.stop(); },
    };
  }

 private:
  struct Waiting {
    Job job;
    caf::response_promise response;
  };
  struct Running {
    caf::actor worker;
    caf::response_promise response;
    std::function<void()> abandoned;
    Steady::time_point since;
    bool given_up = false;
  };

  static void count(std::atomic<std::uint64_t>* counter) {
    if (counter) counter->fetch_add(1, std::memory_order_relaxed);
  }
  void queued(int change) const {
    if (counts_.queued) counts_.queued->fetch_add(change, std::memory_order_relaxed);
  }
  void log(const std::string& what) const {
    if (log_) log_(options_.name + ": " + what);
  }

  // Those of a simulation end only when it ends them, in no order: nobody is told of it.
  caf::actor hire() {
    const caf::actor me{self_};
    if (options_.simulated) return self_->spawn(work, me);
    return self_->spawn<caf::monitored + caf::detached>(work, me);
  }

  static void fail(caf::response_promise& response, std::string why) {
    response.deliver(caf::make_error(caf::sec::runtime_error, std::move(why)));
  }
  static void abandon(Running& job, std::string why) {
    fail(job.response, std::move(why));
    if (job.abandoned) job.abandoned();
    job.abandoned = nullptr;
  }

  void take(Job job) {
    auto response = self_->make_response_promise();
    if (stopping_ || waiting_.size() >= options_.queue_max)
      return fail(response, "the queue is full");
    queued(+1);
    if (idle_.empty()) {
      waiting_.push_back({std::move(job), std::move(response)});
      return;
    }
    auto free = std::move(idle_.back());
    idle_.pop_back();
    run(std::move(free), {std::move(job), std::move(response)});
  }

  void run(caf::actor free, Waiting next) {
    const auto id = free.id();
    auto abandoned = std::exchange(next.job.abandoned, nullptr);
    self_->send(free, std::move(next.job));
    running_.insert_or_assign(id, Running{std::move(free), std::move(next.response),
                                          std::move(abandoned), Steady::now(), false});
    if (options_.job_ms_max > 0 && !std::exchange(looking_, true)) look_later();
  }

  void on_done(WorkDone& done) {
    const auto found = running_.find(done.worker);
    if (found == running_.end()) return;
    Running ended = std::move(found->second);
    running_.erase(found);
    if (done.failure.happened) {
      count(counts_.failed);
      log(std::string{"a job failed: "} + done.failure.words);
    }
    if (ended.given_up) {
      log("a job that was given up has come back");
      return take_back(std::move(ended.worker));
    }
    queued(-1);
    if (done.failure.happened)
      fail(ended.response, done.failure.words);
    else
      ended.response.deliver(std::move(done.response));
    employ(std::move(ended.worker));
  }

  // A worker without work takes what waits.
  void employ(caf::actor free) {
    INVARIANT(idle_.size() <
              options_.workers);  // one job at a time each, none was taken back twice
    if (waiting_.empty() || stopping_) {
      idle_.push_back(std::move(free));
      return finish_if_idle();
    }
    auto next = std::move(waiting_.front());
    waiting_.pop_front();
    run(std::move(free), std::move(next));
  }

  // A worker has ended before it said what became of its job: there was no memory even for that.
  void on_down(const caf::down_msg& down) {
    const auto found = running_.find(down.source.id());
    if (found == running_.end()) return;
    Running ended = std::move(found->second);
    running_.erase(found);
    count(counts_.failed);
    log("a worker has ended; another one takes its place");
    if (ended.given_up) return finish_if_idle();
    queued(-1);
    abandon(ended, "the worker has ended");
    employ(hire());
  }

  void look_later() {
    self_->delayed_send(self_, std::chrono::milliseconds(options_.job_ms_max / 4 + 1),
                        LookForHung{});
  }

  void look_for_hung() {
    const auto late = Steady::now() - std::chrono::milliseconds(options_.job_ms_max);
    std::size_t replacements = 0;
    for (auto& [id, job] : running_) {
      if (job.given_up || job.since > late) continue;
      job.given_up = true;
      queued(-1);
      count(counts_.given_up);
      log("a job did not come back within " + std::to_string(options_.job_ms_max) +
          " ms and is given up");
      abandon(job, "the job did not come back");
      ++replacements;
    }
    for (; replacements > 0 && !stopping_; --replacements) replace();
    looking_ = !running_.empty() && !stopping_;
    if (looking_) look_later();
  }

  // Not without end: what hangs once may hang every time, and each holds a thread.
  void replace() {
    if (replaced_ < replacements_for_each * options_.workers) {
      ++replaced_;
      return employ(hire());
    }
    log("no more workers take the place of those that hang, before these come back");
  }

  // Another one has its place, unless there were too many that needed one.
  void take_back(caf::actor worker) {
    const auto working = static_cast<std::size_t>(std::count_if(
        running_.begin(), running_.end(), [](const auto& each) { return !each.second.given_up; }));
    if (idle_.size() + working < options_.workers) return employ(std::move(worker));
    if (replaced_ > 0) --replaced_;
    self_->send(worker, Stop{});
    finish_if_idle();
  }

  void stop() {
    stopping_ = true;
    for (auto& waiting : waiting_) {
      fail(waiting.response, "stopping");
      queued(-1);
    }
    waiting_.clear();
    stopped_ = self_->make_response_promise();
    finish_if_idle();
  }

  // Answers Stop when no job runs any more: whoever asked may then free what jobs refer to.
  void finish_if_idle() {
    if (!stopping_ || !running_.empty()) return;
    for (const auto& each : idle_) self_->send(each, Stop{});
    idle_.clear();
    stopped_.deliver(Stopped{});
    self_->quit();
  }

  static constexpr std::size_t replacements_for_each = 16;

  Self* self_ = nullptr;
  WorkerPoolOptions options_;
  WorkerPoolCounts counts_;
  std::function<void(const std::string&)> log_;
  std::vector<caf::actor> idle_;
  std::map<caf::actor_id, Running> running_;
  std::deque<Waiting> waiting_;
  std::size_t replaced_ = 0;
  bool looking_ = false;
  bool stopping_ = false;
  caf::response_promise stopped_;
};

}  // namespace

caf::actor spawn_worker_pool(caf::actor_system& system, WorkerPoolOptions options,
                             WorkerPoolCounts counts, std::function<void(const std::string&)> log) {
  return system.spawn(Pool::make, std::move(options), counts, std::move(log));
}

caf::actor spawn_worker_pool(caf::actor_system& system, const RuntimeOptions& options,
                             Gauges& gauges, WorkerPoolOptions pool,
                             std::atomic<std::int64_t>* queued,
                             std::function<void(const std::string&)> log) {
  pool.job_ms_max = options.simulated ? 0 : options.job_ms_max;
  pool.simulated = options.simulated;
  return spawn_worker_pool(
      system, std::move(pool),
      {queued, &gauges.jobs_failed, &gauges.jobs_given_up, &gauges.actor_failed}, std::move(log));
}

}  // namespace usher
