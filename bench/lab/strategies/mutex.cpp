// A mutex for each ticket.
#include <mutex>

#include "bench/lab/strategy.hpp"

namespace usher::lab {
namespace {

class MutexPerTicket final : public Strategy {
 public:
  explicit MutexPerTicket(Setup setup) : desks_(setup.tickets.size()), work_(setup.work) {
    for (std::size_t i = 0; i < desks_.size(); ++i) desks_[i].ticket = std::move(setup.tickets[i]);
  }

  Answer execute(const Call& call) override {
    Desk& desk = desks_[call.ticket];
    const std::lock_guard lock{desk.mutex};
    return work_.serve(desk.ticket, call);
  }

  VersionedTicket final_state(std::size_t ticket) override { return desks_[ticket].ticket; }

 private:
  struct alignas(64) Desk {  // a cache line of its own: neighbours do not slow each other down
    std::mutex mutex;
    VersionedTicket ticket;
  };
  std::vector<Desk> desks_;
  Work work_;
};

const Registration registration{
    {"mutex", "a std::mutex for each ticket", make_strategy<MutexPerTicket>}};

}  // namespace
}  // namespace usher::lab
