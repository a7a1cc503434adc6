// Repeatable randomness: the same seed draws the same run. Small and fast, since the loader shares
// its cores with what it measures.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

namespace usher::bench {

class Random {  // splitmix64
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
  // In [0, n), for n > 0. The bias is below n / 2^64.
  std::size_t below(std::size_t n) {
    return static_cast<std::size_t>((static_cast<unsigned __int128>(next()) * n) >> 64);
  }
  double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }  // [0, 1)

 private:
  std::uint64_t state_;
};

// Draws i in [0, n) with a probability proportional to 1 / (i + 1)^exponent: few are hot. Exact and
// in constant time (Walker's alias method, Vose's way to build it).
class Zipf {
 public:
  Zipf(std::size_t n, double exponent) : share_(n), alias_(n) {
    std::vector<double> weight(n);
    for (std::size_t i = 0; i < n; ++i)
      weight[i] = 1.0 / std::pow(static_cast<double>(i + 1), exponent);
    const double scale =
        static_cast<double>(n) / std::accumulate(weight.begin(), weight.end(), 0.0);
    std::vector<std::uint32_t> small, large;
    for (std::size_t i = 0; i < n; ++i) {
      share_[i] = weight[i] * scale;
      (share_[i] < 1.0 ? small : large).push_back(static_cast<std::uint32_t>(i));
    }
    while (!small.empty() && !large.empty()) {
      const std::uint32_t poor = small.back(), rich = large.back();
      small.pop_back();
      alias_[poor] = rich;
      share_[rich] -= 1.0 - share_[poor];
      if (share_[rich] < 1.0) large.pop_back(), small.push_back(rich);
    }
    // What is left over is 1 up to rounding.
    for (const std::uint32_t i : small) share_[i] = 1.0;
    for (const std::uint32_t i : large) share_[i] = 1.0;
  }

  std::size_t draw(Random& random) const {
    const std::size_t i = random.below(share_.size());
    return random.unit() < share_[i] ? i : alias_[i];
  }

 private:
  std::vector<double> share_;
  std::vector<std::uint32_t> alias_;
};

}  // namespace usher::bench
