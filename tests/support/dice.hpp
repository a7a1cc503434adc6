// Randomness for tests: the same seed gives the same throws on every machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace usher::test {

using Seed = std::uint64_t;

class Dice {
 public:
  explicit Dice(Seed seed) : random_(seed) {}

  std::uint64_t bits() { return random_(); }
  // In [0, count).
  std::size_t below(std::size_t count) { return static_cast<std::size_t>(random_() % count); }
  std::int64_t between(std::int64_t least, std::int64_t most) {
    return least + static_cast<std::int64_t>(below(static_cast<std::size_t>(most - least + 1)));
  }
  bool one_in(std::size_t count) { return below(count) == 0; }
  template <class T>
  const T& any_of(const std::vector<T>& values) {
    return values[below(values.size())];
  }
  // Any bytes, NUL included.
  std::string bytes(std::size_t size_max) {
    std::string text(below(size_max + 1), '\0');
    for (char& c : text) c = static_cast<char>(bits());
    return text;
  }

 private:
  std::mt19937_64 random_;  // its output is fixed by the standard; distributions are not
};

}  // namespace usher::test
