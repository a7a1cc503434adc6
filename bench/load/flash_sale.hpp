// The flash sale: many buyers after few tickets, all at once. Not a steady load: each sale has
// fresh tickets, each buyer asks once, and the sale is over when all have been answered.
#pragma once

#include <string>
#include <vector>

#include "bench/load/engine.hpp"
#include "bench/load/world.hpp"

namespace usher::bench {

struct FlashSale {
  std::size_t buyers = 10'000;
  std::size_t tickets = 100;  // the buyers are spread over them evenly
};

struct SaleResult {
  Tally tally;
  std::size_t winners = 0;
  double sold_out_seconds = 0;  // from the start to the answer of the last winner
  double seconds = 0;           // from the start to the last answer
  std::vector<std::string> problems;
};

// One sale with fresh tickets, which are created first and not measured.
SaleResult hold_sale(World& world, const FlashSale& sale, Plan plan, std::size_t connections);

}  // namespace usher::bench
