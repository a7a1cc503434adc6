#include "bench/lab/strategy.hpp"

#include <algorithm>
#include <latch>
#include <thread>

#include "bench/lab/client.hpp"

namespace usher::lab {
namespace {

std::vector<StrategyKind>& registered() {
  static std::vector<StrategyKind> kinds;  // filled before main()
  return kinds;
}

}  // namespace

Registration::Registration(const StrategyKind& kind) {
  auto& kinds = registered();
  const auto behind = std::find_if(kinds.begin(), kinds.end(),
                                   [&](const auto& other) { return kind.name < other.name; });
  kinds.insert(behind, kind);
}

const std::vector<StrategyKind>& strategies() { return registered(); }

const StrategyKind* find_strategy(std::string_view name) {
  for (const StrategyKind& kind : strategies())
    if (kind.name == name) return &kind;
  return nullptr;
}

void Strategy::drive(std::span<Client> clients) {
  std::latch all_are_ready{static_cast<std::ptrdiff_t>(clients.size())};
  std::vector<std::thread> threads;
  threads.reserve(clients.size());
  for (Client& client : clients)
    threads.emplace_back([&] {
      all_are_ready.arrive_and_wait();
      while (const Call* call = client.next()) {
        if (client.pause().count() > 0) std::this_thread::sleep_for(client.pause());
        client.asks();
        client.answered(execute(*call));
      }
    });
  for (std::thread& thread : threads) thread.join();
}

}  // namespace usher::lab
