// A lock-free queue of requests for each ticket; whoever finds it idle drains it. A mailbox without
// actors: the draining thread plays the actor, the others wait for their answers.
//
// The queue is one word: idle, draining with nothing queued, or the newest of the queued requests
// (each names the one before it). To push is one compare-and-swap; the drainer takes all with one
// exchange. A request is never looked at by a pusher, so its address may come back (ABA is
// harmless).
#include <atomic>

#include "bench/lab/patience.hpp"
#include "bench/lab/strategy.hpp"

namespace usher::lab {
namespace {

struct Request {
  const Call* call = nullptr;
  Request* before = nullptr;
  Answer answer;
  std::atomic<bool> is_done{false};  // from then on the drainer does not touch it
};

class QueuePerTicket final : public Strategy {
 public:
  explicit QueuePerTicket(Setup setup) : desks_(setup.tickets.size()), work_(setup.work) {
    for (std::size_t i = 0; i < desks_.size(); ++i) desks_[i].ticket = std::move(setup.tickets[i]);
  }

  Answer execute(const Call& call) override {
    Desk& desk = desks_[call.ticket];
    Request own;
    own.call = &call;
    Request* newest = desk.newest.load(std::memory_order_relaxed);
    do own.before = newest == draining() ? nullptr : newest;
    while (!desk.newest.compare_exchange_weak(newest, newest == nullptr ? draining() : &own,
                                              std::memory_order_acq_rel,
                                              std::memory_order_relaxed));
    if (newest == nullptr) {  // it was idle: this thread drains
      own.answer = work_.serve(desk.ticket, call);
      drain(desk);
      return std::move(own.answer);
    }
    Patience patience;
    while (!own.is_done.load(std::memory_order_acquire)) patience.wait();
    return std::move(own.answer);
  }

  VersionedTicket final_state(std::size_t ticket) override { return desks_[ticket].ticket; }

 private:
  struct alignas(64) Desk {
    std::atomic<Request*> newest{nullptr};  // null: idle
    VersionedTicket ticket;
  };

  // Stands for "somebody drains, and nothing is queued".
  static Request* draining() {
    static Request mark;
    return &mark;
  }

  void drain(Desk& desk) {
    for (;;) {
      Request* newest = draining();
      if (desk.newest.compare_exchange_strong(newest, nullptr, std::memory_order_acq_rel)) return;
      newest = desk.newest.exchange(draining(), std::memory_order_acq_rel);
      Request* oldest = nullptr;  // turned round: first come, first served
      while (newest != nullptr) {
        Request* before = newest->before;
        newest->before = oldest;
        oldest = newest;
        newest = before;
      }
      while (oldest != nullptr) {
        Request* next = oldest->before;
        oldest->answer = work_.serve(desk.ticket, *oldest->call);
        oldest->is_done.store(true, std::memory_order_release);
        oldest = next;
      }
    }
  }

  std::vector<Desk> desks_;
  Work work_;
};

const Registration registration{
    {"queue", "a lock-free queue for each ticket; whoever finds it idle drains it",
     make_strategy<QueuePerTicket>}};

}  // namespace
}  // namespace usher::lab
