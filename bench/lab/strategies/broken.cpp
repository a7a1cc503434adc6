// Wrong on purpose: read, decide, write, without looking whether somebody else has written
// meanwhile. Each step by itself is atomic, so nothing is torn: only updates get lost. The
// self-test demands that the checks find it.
#include <atomic>
#include <memory>
#include <thread>

#include "bench/lab/strategy.hpp"

namespace usher::lab {
namespace {

class Broken final : public Strategy {
 public:
  explicit Broken(Setup setup) : cells_(setup.tickets.size()), work_(setup.work) {
    for (std::size_t i = 0; i < cells_.size(); ++i)
      cells_[i] = std::make_shared<const VersionedTicket>(std::move(setup.tickets[i]));
  }

  Answer execute(const Call& call) override {
    auto ticket = *cells_[call.ticket].load();
    std::this_thread::yield();  // others get their chance, on one core as well
    Answer answer = work_.serve(ticket, call);
    if (!answer.events.empty())
      cells_[call.ticket].store(std::make_shared<const VersionedTicket>(std::move(ticket)));
    return answer;
  }

  VersionedTicket final_state(std::size_t ticket) override { return *cells_[ticket].load(); }

 private:
  std::vector<std::atomic<std::shared_ptr<const VersionedTicket>>> cells_;
  Work work_;
};

const Registration registration{{"broken", "wrong on purpose: loses updates; no run may pass",
                                 make_strategy<Broken>, /*is_broken=*/true}};

}  // namespace
}  // namespace usher::lab
