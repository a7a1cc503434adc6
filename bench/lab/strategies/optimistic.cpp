// Optimistic retry on versions, the course's way: read a state with its version, decide, and write
// only if the version is still the same; else all of it again.
//
// A published state never changes, and whoever reads it keeps it alive (shared_ptr). So the swap
// cannot be fooled by an address that was freed and used again (ABA): the address that it compares
// with is still held by the one who compares. GCC 12's std::atomic<std::shared_ptr> is not
// lock-free: it locks one bit of the pointer for as long as it takes to count a reference. No lock
// is held while deciding.
#include <atomic>
#include <memory>

#include "bench/lab/strategy.hpp"

namespace usher::lab {
namespace {

// Then the client is told to try again later, as a server would answer 503.
constexpr std::uint32_t attempts_max = 16;

class Optimistic final : public Strategy {
 public:
  explicit Optimistic(Setup setup) : cells_(setup.tickets.size()), work_(setup.work) {
    for (std::size_t i = 0; i < cells_.size(); ++i)
      cells_[i].published = std::make_shared<const VersionedTicket>(std::move(setup.tickets[i]));
  }

  Answer execute(const Call& call) override {
    auto& published = cells_[call.ticket].published;
    if (call.is_read()) return work_.read(*published.load());
    Answer answer;
    while (answer.decides < attempts_max) {
      auto seen = published.load();
      auto decision = work_.decide(*seen, call);
      ++answer.decides;
      answer.version = seen->version;
      if (!decision) {
        answer.rejection = decision.error();
        return answer;
      }
      if (decision->events.empty()) return answer;
      auto next = std::make_shared<const VersionedTicket>(Work::after(*seen, decision->events));
      const Version version = next->version;
      if (!published.compare_exchange_strong(seen, std::move(next))) continue;
      answer.version = version;
      answer.events = std::move(decision->events);
      return answer;
    }
    answer.is_aborted = true;
    return answer;
  }

  VersionedTicket final_state(std::size_t ticket) override {
    return *cells_[ticket].published.load();
  }

 private:
  struct alignas(64) Cell {
    std::atomic<std::shared_ptr<const VersionedTicket>> published;
  };
  std::vector<Cell> cells_;
  Work work_;
};

const Registration registration{
    {"optimistic", "decide on a snapshot, compare and swap, again on conflict (at most 16 times)",
     make_strategy<Optimistic>}};

}  // namespace
}  // namespace usher::lab
