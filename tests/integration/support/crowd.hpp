// Sellers and buyers who remember what they were told, and what of it a node does not show.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/integration/support/client.hpp"

namespace usher::integration {

// What clients were told. Values are lower bounds: unacknowledged work may have come on top.
struct Acknowledged {
  std::mutex mutex;
  std::map<std::string, int> ticket_versions;
  std::vector<std::string> tickets;
  std::map<std::string, std::pair<std::string, std::string>> orders;  // buyer, ticket
  std::set<std::string> paid;
  std::set<std::string> cancelled;

  void saw_ticket(const Answer& answer);
  std::string any_ticket(std::mt19937& dice);
  // What is known as soon as there are so many. Throws when it takes for ever.
  std::vector<std::string> wait_for_tickets(std::size_t count);
};

// What clients saw of a failing disk.
struct Refused {
  std::atomic<bool> seen{false};  // one command was answered 503
  std::atomic<int> count{0};
  std::atomic<int> acknowledged_after{0};  // commands that began after that and were acknowledged
  std::mutex mutex;
  std::set<std::string> messages;
  std::atomic<int> without_retry_after{0};
};

class Crowd {
 public:
  static constexpr int sellers = 4;
  static constexpr int buyers = 4;

  Crowd(int port, unsigned seed, Acknowledged& known);
  ~Crowd() { stop(); }
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;
  void stop();  // and waits

  [[nodiscard]] const Refused& refused() const { return refused_; }

 private:
  void sell(int port, int who);
  void buy(int port, int who, unsigned seed);
  Answer command(Client& client, const std::string& method, const std::string& target,
                 const Json& body);

  Acknowledged& known_;
  Refused refused_;
  std::atomic<bool> stop_{false};
  std::vector<std::thread> threads_;
};

// Compares what the node shows with what it has acknowledged. Returns complaints. An answer of 5xx
// or none at all is one, unless it is said to be allowed (a node that knows that it can't read, or
// has ended because of that).
enum class Unreadable { is_lost, is_allowed };
[[nodiscard]] std::vector<std::string> missing(int port, const Acknowledged& known,
                                               const std::set<std::string>& tickets_to_check,
                                               Unreadable unreadable = Unreadable::is_lost);

}  // namespace usher::integration
