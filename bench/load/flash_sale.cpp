#include "bench/load/flash_sale.hpp"

#include <algorithm>
#include <atomic>

#include "bench/load/scenario.hpp"

namespace usher::bench {
namespace {

using Clock = std::chrono::steady_clock;

struct Sale {
  const World& world;
  FlashSale size;
  std::atomic<std::size_t> next_buyer{0};
  std::atomic<std::size_t> winners{0};
  std::vector<std::atomic<std::size_t>> winners_of;  // by ticket
  std::atomic<Clock::rep> sold_out{0};
};

class BuyerScript final : public Script {
 public:
  explicit BuyerScript(Sale& sale) : sale_(sale) {}

  bool next(std::string& out, std::size_t& label) override {
    const std::size_t buyer = sale_.next_buyer.fetch_add(1);
    if (buyer >= sale_.size.buyers) return false;
    label = 0;
    ticket_ = buyer % sale_.size.tickets;
    body_.assign(R"({"ticketId":")").append(sale_.world.tickets[ticket_].id).append("\"}");
    write_request(out, "POST", orders_path,
                  sale_.world.buyers[buyer % sale_.world.buyers.size()].header, body_);
    return true;
  }
  Verdict answered(const Response& response) override {
    if (lost_the_race(response)) return Verdict::finished;
    if (response.status != 201) return Verdict::wrong;
    ++sale_.winners_of[ticket_];
    if (sale_.winners.fetch_add(1) + 1 == sale_.size.tickets)
      sale_.sold_out = Clock::now().time_since_epoch().count();
    return Verdict::finished;
  }
  void interrupted() override {}

 private:
  Sale& sale_;
  std::size_t ticket_ = 0;
  std::string body_;
};

}  // namespace

SaleResult hold_sale(World& world, const FlashSale& size, Plan plan, std::size_t connections) {
  SaleResult result;
  world.tickets.clear();
  if (!fill(world, {.count = size.tickets, .connections = 16})) {
    result.problems.push_back("the tickets of the sale could not be created");
    return result;
  }
  Sale sale{.world = world,
            .size = size,
            .winners_of = std::vector<std::atomic<std::size_t>>(size.tickets)};
  std::vector<std::unique_ptr<Script>> scripts;
  for (std::size_t i = 0; i < connections; ++i)
    scripts.push_back(std::make_unique<BuyerScript>(sale));
  plan.labels = {"order"};
  plan.warm_up = {};
  plan.measured = {};
  Clock::time_point start = Clock::now();
  plan.on_measure_start = [&start, then = std::move(plan.on_measure_start)] {
    start = Clock::now();  // all are connected
    if (then) then();
  };
  result.tally = run(world.target, scripts, plan);
  result.winners = sale.winners;
  result.seconds = result.tally.seconds;
  if (sale.sold_out != 0)
    result.sold_out_seconds =
        std::chrono::duration<double>(Clock::duration(sale.sold_out) - start.time_since_epoch())
            .count();
  if (result.winners != size.tickets)
    result.problems.push_back(std::to_string(result.winners) + " buyers won " +
                              std::to_string(size.tickets) + " tickets");
  for (std::size_t i = 0; i < size.tickets; ++i)
    if (sale.winners_of[i] != 1)
      result.problems.push_back("ticket " + world.tickets[i].id + " was sold " +
                                std::to_string(sale.winners_of[i]) + " times");
  if (result.problems.size() > 5) result.problems.resize(5);
  return result;
}

}  // namespace usher::bench
