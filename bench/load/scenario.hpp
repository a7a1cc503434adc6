// The workloads by name. A scenario says how many tickets it needs, makes one script per
// connection, and checks afterwards that the server kept its word (exactly one winner a ticket,
// versions that count every change).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bench/load/engine.hpp"
#include "bench/load/world.hpp"

namespace usher::bench {

struct ScenarioOptions {
  double zipf_exponent = 0.99;
  std::size_t write_percent = 10;  // mixed_90_10
  std::size_t list_limit = 20;     // list_20
  std::string path = "/";          // constant
};

class Scenario {
 public:
  virtual ~Scenario() = default;
  [[nodiscard]] virtual std::vector<std::string> labels() const = 0;
  // Scripts of one run; may be called again for the next run.
  [[nodiscard]] virtual std::unique_ptr<Script> client(std::size_t index) = 0;
  // After all runs: what the server did that it must not do. Empty: nothing.
  [[nodiscard]] virtual std::vector<std::string> problems() { return {}; }
};

struct ScenarioKind {
  std::string_view name;
  std::string_view meaning;
  std::size_t tickets;   // needed by default
  bool uses_up_tickets;  // each operation needs a ticket that nobody has bought
  std::function<std::unique_ptr<Scenario>(World&, const ScenarioOptions&)> make;
};

[[nodiscard]] const std::vector<ScenarioKind>& scenario_kinds();
[[nodiscard]] const ScenarioKind* find_scenario(std::string_view name);

// 400 "Ticket is already reserved": what a buyer who came too late is promised.
[[nodiscard]] bool lost_the_race(const Response& response);

// Flash sale: not a steady load, so it has a course of its own (flash_sale.hpp).
inline constexpr std::string_view flash_sale_name = "flash_sale";

}  // namespace usher::bench
