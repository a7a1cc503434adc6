#include "actors/runtime/worker_pool.hpp"

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/response_promise.hpp>
#include <caf/sec.hpp>
#include <caf/stateful_actor.hpp>
#include <deque>
#include <utility>
#include <vector>

#include "actors/runtime/messages.hpp"
#include "base/invariant.hpp"

namespace usher {
namespace {

struct WorkDone {};

}  // namespace
}  // namespace usher

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(usher::WorkDone)

namespace usher {
namespace {

caf::behavior worker(caf::event_based_actor* self, const caf::actor& dispatcher) {
  return {
      [=](Job& job) -> caf::message {
        auto response = job.run();
        self->send(dispatcher, WorkDone{});
        return response;
      },
      [=](Stop) { self->quit(); },
  };
}

struct Waiting {
  Job job;
  caf::response_promise response;
};

struct Pool {
  std::vector<caf::actor> workers;
  std::vector<caf::actor> idle;
  std::deque<Waiting> waiting;
  std::atomic<std::int64_t>* queued = nullptr;
  bool stopping = false;
  caf::response_promise stopped;

  void count(int change) const {
    if (queued) queued->fetch_add(change, std::memory_order_relaxed);
  }
};

// Answers Stop when no job runs any more: whoever asked may then free what jobs refer to.
void finish_if_idle(caf::stateful_actor<Pool>* self) {
  auto& pool = self->state;
  if (!pool.stopping || pool.idle.size() < pool.workers.size()) return;
  for (const auto& each : pool.workers) self->send(each, Stop{});
  pool.stopped.deliver(Stopped{});
  self->quit();
}

caf::behavior dispatcher(caf::stateful_actor<Pool>* self, WorkerPoolOptions options,
                         std::atomic<std::int64_t>* queued) {
  auto& pool = self->state;
  pool.queued = queued;
  const caf::actor me{self};
  for (std::size_t i = 0; i < options.workers; ++i) {
    pool.workers.push_back(options.simulated ? self->spawn(worker, me)
                                             : self->spawn<caf::detached>(worker, me));
  }
  pool.idle = pool.workers;

  return {
      [=, &pool](Job& job) {
        auto response = self->make_response_promise();
        if (pool.stopping || pool.waiting.size() >= options.queue_max) {
          response.deliver(caf::make_error(caf::sec::runtime_error, "the queue is full"));
          return;
        }
        pool.count(+1);
        if (pool.idle.empty()) {
          pool.waiting.push_back({std::move(job), std::move(response)});
          return;
        }
        response.delegate(pool.idle.back(), std::move(job));
        pool.idle.pop_back();
      },
      [=, &pool](WorkDone) {
        INVARIANT(pool.idle.size() < pool.workers.size());  // one job at a time each
        pool.count(-1);
        auto free = caf::actor_cast<caf::actor>(self->current_sender());
        if (pool.stopping) {
          pool.idle.push_back(std::move(free));
          return finish_if_idle(self);
        }
        if (pool.waiting.empty()) {
          pool.idle.push_back(std::move(free));
          return;
        }
        auto next = std::move(pool.waiting.front());
        pool.waiting.pop_front();
        next.response.delegate(free, std::move(next.job));
      },
      [=, &pool](Stop) {
        pool.stopping = true;
        for (auto& waiting : pool.waiting) {
          waiting.response.deliver(caf::make_error(caf::sec::runtime_error, "stopping"));
          pool.count(-1);
        }
        pool.waiting.clear();
        pool.stopped = self->make_response_promise();
        finish_if_idle(self);
      },
  };
}

}  // namespace

caf::actor spawn_worker_pool(caf::actor_system& system, WorkerPoolOptions options,
                             std::atomic<std::int64_t>* queued) {
  return system.spawn(dispatcher, options, queued);
}

}  // namespace usher
