#include "tests/integration/linearizability.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <unordered_set>
#include <utility>

namespace usher::integration {
namespace {

using nlohmann::json;

constexpr std::array<const char*, 5> call_names{"create", "edit", "reserve", "cancel", "get"};
constexpr std::array<const char*, 4> outcome_names{"ok", "stale", "reserved", "unknown"};

template <class Enum, std::size_t N>
Enum named(const std::array<const char*, N>& names, const std::string& name) {
  return static_cast<Enum>(std::find(names.begin(), names.end(), name) - names.begin());
}

// ---- the sequential ticket

struct TicketModel {
  bool exists = false;
  int version = -1;
  int price = 0;
  std::string order;  // which holds it

  [[nodiscard]] std::string key() const {
    return std::to_string(version) + ',' + std::to_string(price) + ',' + order;
  }
};

// A reservation whose answer was lost has an order that nobody knows. Which one shows only when
// somebody reads it.
const std::string some_order = "?";

bool is_same_order(const std::string& held, const std::string& seen) {
  return held == seen || (held == some_order && !seen.empty());
}

// The ticket after the operation; nullopt when a ticket would not have answered so.
std::optional<TicketModel> step(TicketModel ticket, const Operation& op) {
  const bool is_unknown = op.outcome == Outcome::unknown;
  const bool is_done = op.outcome == Outcome::done || is_unknown;
  auto answered = [&](bool so) { return so ? std::optional{ticket} : std::nullopt; };
  const bool is_stale = op.if_version && *op.if_version != ticket.version;
  if (op.call != Call::create && !ticket.exists) return std::nullopt;
  switch (op.call) {
    case Call::create:
      if (ticket.exists || !is_done) return std::nullopt;
      ticket = {true, 0, op.price, ""};
      return answered(is_unknown || op.version == 0);
    case Call::edit:
      // A refusal is right when one of its reasons holds; the order of checks is another test's.
      if (op.outcome == Outcome::refused_stale) return answered(is_stale);
      if (op.outcome == Outcome::refused_reserved) return answered(!ticket.order.empty());
      if (is_stale || !ticket.order.empty()) return std::nullopt;
      ++ticket.version;
      ticket.price = op.price;
      return answered(is_unknown || op.version == ticket.version);
    case Call::reserve:
      if (op.outcome == Outcome::refused_reserved) return answered(!ticket.order.empty());
      if (!is_done || !ticket.order.empty()) return std::nullopt;
      ++ticket.version;
      ticket.order = is_unknown ? some_order : op.order;
      return ticket;
    case Call::cancel:
      if (!is_done) return std::nullopt;
      if (!is_same_order(ticket.order, op.order)) return std::nullopt;
      ++ticket.version;
      ticket.order.clear();
      return ticket;
    case Call::get:
      if (is_unknown) return ticket;
      if (!is_same_order(ticket.order, op.order)) return std::nullopt;
      ticket.order = op.order;
      return answered(op.version == ticket.version && op.price == ticket.price);
  }
  return std::nullopt;
}

// ---- the search

class Search {
 public:
  Search(std::vector<Operation> history, std::size_t states_max)
      : history_(std::move(history)), done_(history_.size(), '0'), states_max_(states_max) {
    std::sort(history_.begin(), history_.end(),
              [](const auto& a, const auto& b) { return a.invoked_ns < b.invoked_ns; });
  }

  Verdict run() {
    const bool found = extend({});
    if (found) return Verdict::linearizable;
    return seen_.size() >= states_max_ ? Verdict::gave_up : Verdict::not_linearizable;
  }

 private:
  bool extend(const TicketModel& ticket) {
    if (all_answered_are_done()) return true;
    if (seen_.size() >= states_max_) return false;
    if (!seen_.insert(done_ + ticket.key()).second) return false;
    // Next can be only what began before every open operation had ended.
    std::int64_t earliest_end = std::numeric_limits<std::int64_t>::max();
    for (std::size_t i = 0; i < history_.size(); ++i)
      if (done_[i] == '0') earliest_end = std::min(earliest_end, history_[i].end_ns());
    for (std::size_t i = 0; i < history_.size(); ++i) {
      if (history_[i].invoked_ns > earliest_end) break;
      if (done_[i] == '1') continue;
      const auto next = step(ticket, history_[i]);
      if (!next) continue;
      done_[i] = '1';
      if (extend(*next)) return true;
      done_[i] = '0';
    }
    return false;
  }

  [[nodiscard]] bool all_answered_are_done() const {
    for (std::size_t i = 0; i < history_.size(); ++i)
      if (done_[i] == '0' && history_[i].outcome != Outcome::unknown) return false;
    return true;
  }

  std::vector<Operation> history_;
  std::string done_;  // '1' for what stands in the order so far
  std::size_t states_max_;
  std::unordered_set<std::string> seen_;
};

}  // namespace

json to_json_line(const Operation& op) {
  json args = json::object(), result = json::object();
  if (op.call == Call::create || op.call == Call::edit) args["price"] = op.price;
  if (op.if_version) args["ifVersion"] = *op.if_version;
  if (op.call == Call::cancel) args["order"] = op.order;
  if (op.outcome == Outcome::done) {
    if (op.version >= 0) result["version"] = op.version;
    if (op.call == Call::get) result["price"] = op.price;
    if (op.call == Call::get || op.call == Call::reserve) result["order"] = op.order;
  }
  return {{"start", op.invoked_ns},
          {"end", op.answered_ns},
          {"process", op.process},
          {"ticket", op.ticket},
          {"op", call_names[static_cast<std::size_t>(op.call)]},
          {"args", args},
          {"outcome", outcome_names[static_cast<std::size_t>(op.outcome)]},
          {"result", result}};
}

Operation from_json_line(const json& line) {
  Operation op;
  op.invoked_ns = line.at("start");
  op.answered_ns = line.at("end");
  op.process = line.at("process");
  op.ticket = line.at("ticket");
  op.call = named<Call>(call_names, line.at("op"));
  op.outcome = named<Outcome>(outcome_names, line.at("outcome"));
  const auto &args = line.at("args"), &result = line.at("result");
  if (args.contains("ifVersion")) op.if_version = args.at("ifVersion").get<int>();
  op.price = args.value("price", result.value("price", 0));
  op.version = result.value("version", -1);
  op.order = args.value("order", result.value("order", ""));
  return op;
}

Verdict check_ticket(std::vector<Operation> history, std::size_t states_max) {
  return Search{std::move(history), states_max}.run();
}

HistoryVerdict check_history(const std::vector<Operation>& history) {
  std::map<std::string, std::vector<Operation>> by_ticket;
  for (const auto& op : history) by_ticket[op.ticket].push_back(op);
  for (auto& [ticket, operations] : by_ticket) {
    const auto verdict = check_ticket(std::move(operations));
    if (verdict != Verdict::linearizable) return {verdict, ticket};
  }
  return {};
}

}  // namespace usher::integration
