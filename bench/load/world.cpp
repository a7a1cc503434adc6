#include "bench/load/world.hpp"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cstdio>
#include <fstream>

namespace usher::bench {
namespace {

// Takes the next number of the pool until it is used up or the time is over.
class FillScript final : public Script {
 public:
  FillScript(const World& world, std::atomic<std::size_t>& taken, std::size_t count,
             std::chrono::steady_clock::time_point end, std::uint64_t seed)
      : world_(world), taken_(taken), count_(count), end_(end), random_(seed) {}

  bool next(std::string& out, std::size_t& label) override {
    if (std::chrono::steady_clock::now() >= end_ || taken_.fetch_add(1) >= count_) return false;
    label = 0;
    seller_ = static_cast<std::uint32_t>(random_.below(world_.sellers.size()));
    body_.clear();
    write_ticket_json(body_, random_);
    write_request(out, "POST", tickets_path, world_.sellers[seller_].header, body_);
    return true;
  }
  Verdict answered(const Response& response) override {
    if (response.status != 201) return Verdict::wrong;
    const std::string body = body_of(response);
    const auto id = top_level_member(body, "id");
    if (id.empty()) return Verdict::wrong;
    made.push_back({std::string(id), seller_});
    return Verdict::finished;
  }
  void interrupted() override {}

  std::vector<OfferedTicket> made;

 private:
  const World& world_;
  std::atomic<std::size_t>& taken_;
  const std::size_t count_;
  const std::chrono::steady_clock::time_point end_;
  Random random_;
  std::uint32_t seller_ = 0;
  std::string body_;
};

}  // namespace

std::string ticket_path(std::string_view id) {
  return std::string(tickets_path) + "/" + std::string(id);
}

void write_ticket_json(std::string& out, Random& random) {
  const std::size_t row = random.below(90) + 10, seat = random.below(900) + 100;
  const std::size_t cents = random.below(20'000) + 1'000;
  out.append(R"({"title":"Concert at the harbour, row )").append(std::to_string(row));
  out.append(" seat ").append(std::to_string(seat)).append(R"(","price":)");
  out.append(std::to_string(cents / 100)).append(".").append(std::to_string(cents % 100 / 10));
  out.append(std::to_string(cents % 10)).append("}");
}

bool fill(World& world, const Fill& order) {
  if (world.tickets.size() >= order.count) return true;
  const std::size_t missing = order.count - world.tickets.size();
  auto end = std::chrono::steady_clock::time_point::max();
  if (order.seconds_max > 0)
    end = std::chrono::steady_clock::now() +
          std::chrono::microseconds(static_cast<std::int64_t>(order.seconds_max * 1e6));
  std::atomic<std::size_t> taken{0};
  std::vector<std::unique_ptr<Script>> scripts;
  for (std::size_t i = 0; i < std::min(order.connections, missing); ++i)
    scripts.push_back(
        std::make_unique<FillScript>(world, taken, missing, end, world.seed * 7919 + i));
  Plan plan;
  plan.labels = {"fill"};
  const Tally tally = run(world.target, scripts, plan);
  for (const auto& script : scripts) {
    auto& made = static_cast<FillScript&>(*script).made;
    world.tickets.insert(world.tickets.end(), made.begin(), made.end());
  }
  if (tally.is_clean()) return true;
  std::fprintf(
      stderr, "filling failed: %llu wrong answers, %llu lost, %llu timed out, %llu refused; %s\n",
      static_cast<unsigned long long>(tally.wrong), static_cast<unsigned long long>(tally.lost),
      static_cast<unsigned long long>(tally.timed_out),
      static_cast<unsigned long long>(tally.refused), tally.first_wrong.c_str());
  return false;
}

bool load_tickets(World& world, const std::string& file) {
  std::ifstream in(file);
  if (!in) return true;  // the first run on this data
  OfferedTicket ticket;
  while (in >> ticket.id >> ticket.seller) {
    if (ticket.seller >= world.sellers.size()) return false;
    world.tickets.push_back(ticket);
  }
  return in.eof();
}

bool save_tickets(const World& world, const std::string& file) {
  std::ofstream out(file);
  for (const OfferedTicket& ticket : world.tickets)
    out << ticket.id << ' ' << ticket.seller << '\n';
  return static_cast<bool>(out.flush());
}

std::optional<std::uint64_t> version_of(const World& world, std::string_view ticket_id) {
  std::string request;
  write_request(request, "GET", ticket_path(ticket_id), {});
  const auto fetched = fetch(world.target, request);
  if (!fetched || fetched->status != 200) return std::nullopt;
  const auto text = top_level_member(fetched->body, "version");
  std::uint64_t version = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), version).ec != std::errc{})
    return std::nullopt;
  return version;
}

}  // namespace usher::bench
