// Optimistic retry as in optimistic.cpp, without its hidden lock: the published state is a plain
// pointer, swapped by the processor itself, and hazard pointers say when an old state may be freed
// (M. M. Michael: Hazard pointers: safe memory reclamation for lock-free objects. IEEE TPDS 15(6),
// 2004). A state that somebody has announced to be reading is not freed, so its address cannot come
// back while it is compared with (ABA).
#include <algorithm>
#include <atomic>
#include <memory>

#include "bench/lab/strategy.hpp"

namespace usher::lab {
namespace {

constexpr std::uint32_t attempts_max = 16;
// How many old states a client collects before it looks which of them it can free.
constexpr std::size_t retired_max = 64;

class HazardPointers final : public Strategy {
 public:
  explicit HazardPointers(Setup setup)
      : cells_(setup.tickets.size()), seats_(setup.clients), work_(setup.work) {
    for (std::size_t i = 0; i < cells_.size(); ++i)
      cells_[i].published = new VersionedTicket(std::move(setup.tickets[i]));
  }
  HazardPointers(const HazardPointers&) = delete;
  HazardPointers& operator=(const HazardPointers&) = delete;
  ~HazardPointers() override {
    for (Cell& cell : cells_) delete cell.published.load();
    for (Seat& seat : seats_)
      for (const VersionedTicket* old : seat.retired) delete old;
  }

  Answer execute(const Call& call) override {
    auto& published = cells_[call.ticket].published;
    Seat& seat = seats_[call.client];
    Answer answer =
        call.is_read() ? work_.read(*announce(published, seat)) : change(published, seat, call);
    seat.hazard.store(nullptr, std::memory_order_release);
    return answer;
  }

  VersionedTicket final_state(std::size_t ticket) override { return *cells_[ticket].published; }

 private:
  using Published = std::atomic<const VersionedTicket*>;

  struct alignas(64) Cell {
    Published published{nullptr};
  };
  struct alignas(64) Seat {  // a client's
    Published hazard{nullptr};
    std::vector<const VersionedTicket*> retired;
  };

  // From here on nobody frees it, until the seat announces something else.
  static const VersionedTicket* announce(const Published& published, Seat& seat) {
    const VersionedTicket* seen = published.load();
    for (;;) {
      seat.hazard.store(seen);
      // It may have been freed before the announcement was seen; but not if it is still published.
      const VersionedTicket* again = published.load();
      if (again == seen) return seen;
      seen = again;
    }
  }

  Answer change(Published& published, Seat& seat, const Call& call) {
    Answer answer;
    while (answer.decides < attempts_max) {
      const VersionedTicket* seen = announce(published, seat);
      auto decision = work_.decide(*seen, call);
      ++answer.decides;
      answer.version = seen->version;
      if (!decision) {
        answer.rejection = decision.error();
        return answer;
      }
      if (decision->events.empty()) return answer;
      auto next = std::make_unique<const VersionedTicket>(Work::after(*seen, decision->events));
      const Version version = next->version;
      const VersionedTicket* expected = seen;
      if (!published.compare_exchange_strong(expected, next.get())) continue;
      static_cast<void>(next.release());  // now it is everybody's
      retire(seen, seat);
      answer.version = version;
      answer.events = std::move(decision->events);
      return answer;
    }
    answer.is_aborted = true;
    return answer;
  }

  void retire(const VersionedTicket* old, Seat& seat) {
    seat.retired.push_back(old);
    if (seat.retired.size() < retired_max + 2 * seats_.size()) return;
    seat.hazard.store(nullptr);
    std::vector<const VersionedTicket*> announced;
    for (const Seat& each : seats_) announced.push_back(each.hazard.load());
    const auto kept =
        std::partition(seat.retired.begin(), seat.retired.end(), [&](const VersionedTicket* state) {
          return std::find(announced.begin(), announced.end(), state) != announced.end();
        });
    std::for_each(kept, seat.retired.end(), [](const VersionedTicket* state) { delete state; });
    seat.retired.erase(kept, seat.retired.end());
  }

  std::vector<Cell> cells_;
  std::vector<Seat> seats_;
  Work work_;
};

const Registration registration{
    {"hazard", "optimistic without a hidden lock: plain pointers, freed by hazard pointers",
     make_strategy<HazardPointers>}};

}  // namespace
}  // namespace usher::lab
