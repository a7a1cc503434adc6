// Flat combining for each ticket, after D. Hendler, I. Incze, N. Shavit, M. Tzafrir: Flat combining
// and the synchronization-parallelism tradeoff. SPAA 2010. Whoever wants something writes it down;
// whoever gets the lock does what everybody has written down.
//
// Unlike there, the publication list is an array with a place for each client, so nothing is
// enlisted or aged; and a client that waits yields its core after some spins, as there may be more
// clients than cores.
#include <atomic>
#include <memory>

#include "bench/lab/patience.hpp"
#include "bench/lab/strategy.hpp"

namespace usher::lab {
namespace {

// How often the combiner looks through the array, as long as it finds something.
constexpr int passes_max = 4;

struct Request {
  const Call* call = nullptr;
  Answer answer;
  std::atomic<bool> is_done{false};  // from then on the combiner does not touch it
};

class FlatCombining final : public Strategy {
 public:
  explicit FlatCombining(Setup setup)
      : desks_(setup.tickets.size()), clients_(setup.clients), work_(setup.work) {
    for (std::size_t i = 0; i < desks_.size(); ++i) {
      desks_[i].ticket = std::move(setup.tickets[i]);
      desks_[i].requests = std::make_unique<std::atomic<Request*>[]>(clients_);
    }
  }

  Answer execute(const Call& call) override {
    Desk& desk = desks_[call.ticket];
    Request own;
    own.call = &call;
    desk.requests[call.client].store(&own, std::memory_order_release);
    Patience patience;
    for (;;) {
      if (!desk.is_taken.load(std::memory_order_relaxed) &&
          !desk.is_taken.exchange(true, std::memory_order_acquire)) {
        combine(desk);
        desk.is_taken.store(false, std::memory_order_release);
      }
      if (own.is_done.load(std::memory_order_acquire)) return std::move(own.answer);
      patience.wait();
    }
  }

  VersionedTicket final_state(std::size_t ticket) override { return desks_[ticket].ticket; }

 private:
  struct alignas(64) Desk {
    std::atomic<bool> is_taken{false};
    VersionedTicket ticket;
    std::unique_ptr<std::atomic<Request*>[]> requests;  // by client; null: wants nothing
  };

  void combine(Desk& desk) {
    bool has_found = true;
    for (int pass = 0; has_found && pass < passes_max; ++pass) {
      has_found = false;
      for (std::size_t i = 0; i < clients_; ++i) {
        Request* request = desk.requests[i].load(std::memory_order_acquire);
        if (request == nullptr) continue;
        has_found = true;
        desk.requests[i].store(nullptr, std::memory_order_relaxed);
        request->answer = work_.serve(desk.ticket, *request->call);
        request->is_done.store(true, std::memory_order_release);
      }
    }
  }

  std::vector<Desk> desks_;
  std::size_t clients_;
  Work work_;
};

const Registration registration{
    {"combining", "flat combining for each ticket: who has the lock serves all who wait",
     make_strategy<FlatCombining>}};

}  // namespace
}  // namespace usher::lab
