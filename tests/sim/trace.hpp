// What a simulated run did, step by step: always as a hash over plain values (cheap, for every
// seed), and as readable lines when somebody wants to read them (a failing seed is run again).
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace usher::sim {

class Trace {
 public:
  using Sink = std::function<void(const std::string& line)>;

  Trace() = default;
  explicit Trace(Sink sink) : sink_(std::move(sink)) {}

  // `kind` and `values` decide the hash; `text` gives the line, and is called only if there is a
  // sink.
  template <class Text>
  void note(std::string_view kind, std::initializer_list<std::uint64_t> values, Text text) {
    mix(kind);
    for (const auto value : values) mix(value);
    if (sink_) sink_(text());
  }

  [[nodiscard]] bool is_readable() const { return static_cast<bool>(sink_); }
  [[nodiscard]] std::uint64_t hash() const { return hash_; }

  void mix(std::uint64_t value) {
    hash_ ^= value;
    hash_ *= 0x9E3779B97F4A7C15ULL;
    hash_ ^= hash_ >> 29;
  }
  void mix(std::string_view text) {
    std::uint64_t fnv = 0xcbf29ce484222325ULL;
    for (const char c : text) fnv = (fnv ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    mix(fnv);
  }

 private:
  Sink sink_;
  std::uint64_t hash_ = 0;
};

}  // namespace usher::sim
