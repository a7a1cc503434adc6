// A reader-writer lock for each ticket: reads of one ticket run side by side. glibc's lock prefers
// readers, so a steady stream of them can keep writers waiting.
#include <mutex>
#include <shared_mutex>

#include "bench/lab/strategy.hpp"

namespace usher::lab {
namespace {

class ReaderWriterLock final : public Strategy {
 public:
  explicit ReaderWriterLock(Setup setup) : desks_(setup.tickets.size()), work_(setup.work) {
    for (std::size_t i = 0; i < desks_.size(); ++i) desks_[i].ticket = std::move(setup.tickets[i]);
  }

  Answer execute(const Call& call) override {
    Desk& desk = desks_[call.ticket];
    if (call.is_read()) {
      const std::shared_lock lock{desk.mutex};
      return work_.read(desk.ticket);
    }
    const std::lock_guard lock{desk.mutex};
    return work_.serve(desk.ticket, call);
  }

  VersionedTicket final_state(std::size_t ticket) override { return desks_[ticket].ticket; }

 private:
  struct alignas(64) Desk {
    std::shared_mutex mutex;
    VersionedTicket ticket;
  };
  std::vector<Desk> desks_;
  Work work_;
};

const Registration registration{
    {"rwlock", "a std::shared_mutex for each ticket", make_strategy<ReaderWriterLock>}};

}  // namespace
}  // namespace usher::lab
