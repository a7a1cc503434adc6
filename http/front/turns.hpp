// Whose turn it is: how many requests of one client are in flight on one io thread, and which of
// them wait. A client with a thousand busy connections waits for itself, not the others for it:
// while others ask too, it has a small share; while it is alone, it may have all.
// Everything here belongs to one io thread: no lock, no atomic.
#pragma once

#include <algorithm>
#include <asio/steady_timer.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

namespace usher::http {

// The turns of one client.
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
  // Ends a turn; those that have waited longest take over what is free.
  void end(std::size_t running_max) {
    --running_;
    while (!waiting_.empty() && try_begin(running_max)) {
      Waiter* next = waiting_.front();
      waiting_.pop_front();
      next->granted = true;
      next->timer.cancel();
    }
  }
  void wait(Waiter& waiter) { waiting_.push_back(&waiter); }
  // Whoever has waited, before it goes away; idempotent.
  void give_up(Waiter& waiter) { std::erase(waiting_, &waiter); }

 private:
  std::size_t running_ = 0;
  std::deque<Waiter*> waiting_;
};

// TLS handshakes of one io thread: the dearest thing a stranger can ask for, so only some run at a
// time, and further ones wait. One client has at most half of the places: handshakes that he begins
// and does not go on with keep nobody else waiting.
class HandshakeTurns {
 public:
  struct Waiter {
    std::string client;
    asio::steady_timer timer;  // bounds the wait; cancelling it ends the wait
    bool granted = false;
  };

  void set_max(std::size_t running_max) {
    running_max_ = std::max<std::size_t>(running_max, 1);
    of_client_max_ = std::max<std::size_t>(running_max / 2, 1);
  }
  [[nodiscard]] bool try_begin(const std::string& client) {
    if (running_ >= running_max_) return false;
    auto& of_client = by_client_[client];
    if (of_client >= of_client_max_) return false;
    ++of_client;
    ++running_;
    return true;
  }
  void end(const std::string& client) {
    --running_;
    if (const auto found = by_client_.find(client); --found->second == 0) by_client_.erase(found);
    for (auto next = waiting_.begin(); next != waiting_.end() && running_ < running_max_;) {
      Waiter* waiter = *next;
      if (!try_begin(waiter->client)) {
        ++next;
        continue;
      }
      next = waiting_.erase(next);
      waiter->granted = true;
      waiter->timer.cancel();
    }
  }
  void wait(Waiter& waiter) { waiting_.push_back(&waiter); }
  void give_up(Waiter& waiter) { std::erase(waiting_, &waiter); }  // idempotent
  // Ends all waits: the node stops.
  void send_away() {
    for (Waiter* waiter : std::exchange(waiting_, {})) waiter->timer.cancel();
  }

 private:
  std::size_t running_max_ = 1;
  std::size_t of_client_max_ = 1;
  std::size_t running_ = 0;
  std::unordered_map<std::string, std::size_t> by_client_;
  std::deque<Waiter*> waiting_;
};

// The clients of one io thread; forgets a client with its last connection or request.
class TurnTable {
 public:
  struct Shares {
    std::size_t alone_max = 1;
    std::size_t shared_max = 1;
    std::int64_t sharing_ms = 0;  // others count as present for so long after they have asked
  };

  void set_shares(const Shares& shares) { shares_ = shares; }

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

  [[nodiscard]] bool try_begin(ClientTurns& client, std::int64_t now_ms) {
    if (&client != last_asker_) {
      if (last_asker_) shared_until_ms_ = now_ms + shares_.sharing_ms;
      last_asker_ = &client;
    }
    return client.try_begin(running_max(now_ms));
  }
  void end(ClientTurns& client, std::int64_t now_ms) { client.end(running_max(now_ms)); }

 private:
  using Clients = std::unordered_map<std::string, std::weak_ptr<ClientTurns>>;

  [[nodiscard]] std::size_t running_max(std::int64_t now_ms) const {
    return now_ms < shared_until_ms_ ? shares_.shared_max : shares_.alone_max;
  }

  Shares shares_;
  std::shared_ptr<Clients> clients_ = std::make_shared<Clients>();
  const ClientTurns* last_asker_ = nullptr;  // only compared: it may be gone
  std::int64_t shared_until_ms_ = 0;
};

}  // namespace usher::http
