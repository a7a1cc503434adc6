// Whose turn it is: how many requests of one client are in flight on one io thread, and which of
// them wait. A client with a thousand busy connections waits for itself, not the others for it.
// Everything here belongs to one io thread: no lock, no atomic.
#pragma once

#include <asio/steady_timer.hpp>
#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>

namespace usher::http {

class ClientTurns {
 public:
  // A connection that waits. The timer bounds the wait, and cancelling it ends the wait.
  struct Waiter {
    asio::steady_timer timer;
    bool granted = false;
  };

  [[nodiscard]] bool try_begin(std::size_t running_max) {
    if (running_ >= running_max) return false;
    ++running_;
    return true;
  }
  void wait(Waiter& waiter) { waiting_.push_back(&waiter); }
  // Whoever has waited, before it goes away; idempotent.
  void give_up(Waiter& waiter) { std::erase(waiting_, &waiter); }
  // Ends a turn; the one that has waited longest takes it over.
  void end() {
    if (waiting_.empty()) {
      --running_;
      return;
    }
    Waiter* next = waiting_.front();
    waiting_.pop_front();
    next->granted = true;
    next->timer.cancel();
  }

 private:
  std::size_t running_ = 0;
  std::deque<Waiter*> waiting_;
};

// The clients of one io thread; forgets a client with its last connection or request.
class TurnTable {
 public:
  [[nodiscard]] std::shared_ptr<ClientTurns> of(const std::string& client) {
    auto& known = (*clients_)[client];
    if (auto turns = known.lock()) return turns;
    auto forget = [client, table = std::weak_ptr(clients_)](ClientTurns* turns) {
      if (const auto clients = table.lock()) clients->erase(client);
      delete turns;
    };
    std::shared_ptr<ClientTurns> turns(new ClientTurns, forget);
    known = turns;
    return turns;
  }
  [[nodiscard]] std::size_t size() const { return clients_->size(); }

 private:
  using Clients = std::unordered_map<std::string, std::weak_ptr<ClientTurns>>;
  std::shared_ptr<Clients> clients_ = std::make_shared<Clients>();
};

}  // namespace usher::http
