// One mutex for all tickets.
#include <mutex>

#include "bench/lab/strategy.hpp"

namespace usher::lab {
namespace {

class GlobalMutex final : public Strategy {
 public:
  explicit GlobalMutex(Setup setup) : tickets_(std::move(setup.tickets)), work_(setup.work) {}

  Answer execute(const Call& call) override {
    const std::lock_guard lock{mutex_};
    return work_.serve(tickets_[call.ticket], call);
  }

  VersionedTicket final_state(std::size_t ticket) override { return tickets_[ticket]; }

 private:
  std::mutex mutex_;
  std::vector<VersionedTicket> tickets_;
  Work work_;
};

const Registration registration{
    {"global", "one std::mutex for all tickets", make_strategy<GlobalMutex>}};

}  // namespace
}  // namespace usher::lab
