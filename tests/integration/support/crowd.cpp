#include "tests/integration/support/crowd.hpp"

#include <stdexcept>

namespace usher::integration {
namespace {

constexpr auto answer_time_max = std::chrono::seconds(5);

// All orders of all buyers by id, and the buyers whose orders the node said it can't read.
struct Orders {
  std::map<std::string, Json> all;
  std::set<std::string> unreadable;
};
Orders read_orders(int port) {
  Orders orders;
  for (int who = 0; who < Crowd::buyers; ++who) {
    const auto name = "buyer" + std::to_string(who);
    Client client{port, name};
    const auto answer = client.get("/api/orders");
    if (answer.status != 200)
      orders.unreadable.insert(name);
    else
      for (const auto& order : answer.json()) orders.all[order.at("id")] = order;
  }
  return orders;
}

}  // namespace

void Acknowledged::saw_ticket(const Answer& answer) {
  if (answer.status != 200 && answer.status != 201) return;
  const auto json = answer.json();
  const std::lock_guard lock{mutex};
  const std::string id = json.at("id");
  if (answer.status == 201) tickets.push_back(id);
  auto& version = ticket_versions[id];
  version = std::max(version, json.at("version").get<int>());
}

std::string Acknowledged::any_ticket(std::mt19937& dice) {
  const std::lock_guard lock{mutex};
  if (tickets.empty()) return "";
  // The newest ones: old ones are mostly sold.
  const auto newest = std::min<std::size_t>(tickets.size(), 20);
  return tickets[tickets.size() - 1 - dice() % newest];
}

std::vector<std::string> Acknowledged::wait_for_tickets(std::size_t count) {
  std::vector<std::string> known;
  const auto are_enough = [&] {
    const std::lock_guard lock{mutex};
    known = tickets;
    return known.size() >= count;
  };
  if (!eventually(are_enough)) throw std::runtime_error("too few tickets were acknowledged");
  return known;
}

Crowd::Crowd(int port, unsigned seed, Acknowledged& known) : known_(known) {
  std::mt19937 dice{seed};
  for (int i = 0; i < sellers; ++i) threads_.emplace_back([this, port, i] { sell(port, i); });
  for (int i = 0; i < buyers; ++i)
    threads_.emplace_back(
        [this, port, i, own = static_cast<unsigned>(dice())] { buy(port, i, own); });
}

void Crowd::stop() {
  stop_ = true;
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

Answer Crowd::command(Client& client, const std::string& method, const std::string& target,
                      const Json& body) {
  const bool failed_before = refused_.seen;
  auto answer = client.call(method, target, {{"Content-Type", "application/json"}}, body.dump());
  if (answer.status == 503) {
    ++refused_.count;
    refused_.seen = true;
    if (answer.header("retry-after").empty()) ++refused_.without_retry_after;
    const std::lock_guard lock{refused_.mutex};
    for (const auto& message : answer.errors()) refused_.messages.insert(message);
  }
  if (failed_before && answer.status >= 200 && answer.status < 300) ++refused_.acknowledged_after;
  // A node that is gone is asked at a pace that leaves the processor to others.
  if (answer.status == 0)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));  // a client that tries again
  return answer;
}

void Crowd::sell(int port, int who) {
  Client client{port, "seller" + std::to_string(who)};
  client.time_out_after(answer_time_max);
  while (!stop_) {
    const auto made = command(client, "POST", "/api/tickets", {{"title", "crash"}, {"price", 5}});
    known_.saw_ticket(made);
    if (made.status != 201) continue;
    const auto target = "/api/tickets/" + made.json().at("id").get<std::string>();
    for (int price = 10; price <= 15 && !stop_; price += 5)
      known_.saw_ticket(command(client, "PUT", target, {{"title", "crash"}, {"price", price}}));
  }
}

void Crowd::buy(int port, int who, unsigned seed) {
  const auto name = "buyer" + std::to_string(who);
  Client client{port, name};
  client.time_out_after(answer_time_max);
  std::mt19937 dice{seed};
  while (!stop_) {
    const auto ticket = known_.any_ticket(dice);
    if (ticket.empty()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));  // a client that tries again
      continue;
    }
    const auto made = command(client, "POST", "/api/orders", {{"ticketId", ticket}});
    if (made.status != 201) continue;
    const std::string order = made.json().at("id");
    {
      const std::lock_guard lock{known_.mutex};
      known_.orders[order] = {name, ticket};
    }
    const auto fate = dice() % 3;
    const Json payment{{"orderId", order}, {"token", "tok_visa"}};
    if (fate == 0 && command(client, "POST", "/api/payments", payment).status == 201) {
      const std::lock_guard lock{known_.mutex};
      known_.paid.insert(order);
    } else if (fate == 1 &&
               command(client, "DELETE", "/api/orders/" + order, Json::object()).status == 204) {
      const std::lock_guard lock{known_.mutex};
      known_.cancelled.insert(order);
    }
  }
}

std::vector<std::string> missing(int port, const Acknowledged& known,
                                 const std::set<std::string>& tickets_to_check,
                                 Unreadable unreadable) {
  std::vector<std::string> out;
  Client reader{port};
  for (const auto& id : tickets_to_check) {
    const auto answer = reader.get("/api/tickets/" + id);
    const bool is_unreadable = answer.status >= 500 || answer.status == 0;
    if (unreadable == Unreadable::is_allowed && is_unreadable) continue;
    const auto json = answer.json();
    if (!json.is_object() || !json.contains("version"))
      out.push_back("ticket " + id + " is lost");
    else if (json.at("version").get<int>() < known.ticket_versions.at(id))
      out.push_back("ticket " + id + " lost a version");
  }
  const auto [orders, unreadable_buyers] = read_orders(port);
  if (unreadable == Unreadable::is_lost)
    for (const auto& buyer : unreadable_buyers) out.push_back("no orders of " + buyer);
  std::map<std::string, int> live;  // by ticket
  for (const auto& [id, order] : orders)
    if (order.at("status") != "cancelled") ++live[order.at("ticket").at("id")];
  for (const auto& [ticket, count] : live)
    if (count > 1) out.push_back("ticket " + ticket + " is held by several orders");
  for (const auto& [id, who] : known.orders) {
    if (unreadable_buyers.contains(who.first)) continue;
    const auto found = orders.find(id);
    const std::string status =
        found == orders.end() ? "lost" : found->second.at("status").get<std::string>();
    if (status == "lost") out.push_back("order " + id + " is lost");
    if (known.paid.contains(id) && status != "complete")
      out.push_back("order " + id + " lost its payment");
    if (known.cancelled.contains(id) && status != "cancelled")
      out.push_back("order " + id + " is not cancelled any more");
  }
  return out;
}

}  // namespace usher::integration
