// What must hold for every byte sequence, for the fuzzer and for the seeded test: the result of
// framing does not depend on how the bytes are split, and what it lets through keeps its promises.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "http/front/framing.hpp"

namespace usher::http::testing {

struct FramingResult {
  std::vector<FramedRequest> requests;
  std::optional<FramingRefusal> refusal;
  bool untouched = true;
};

// Feeds `bytes` in pieces: next_size() says how long the next piece is (at least 1).
template <typename NextSize>
FramingResult frame_all(const FramingLimits& limits, std::string_view bytes, NextSize next_size) {
  FramingResult result;
  Framing framing{limits};
  while (!bytes.empty() && !framing.refusal()) {
    std::string_view piece = bytes.substr(0, next_size());
    while (!piece.empty() && !framing.refusal()) {
      const auto used = framing.feed(piece);
      piece.remove_prefix(used);
      bytes.remove_prefix(used);
      if (framing.complete()) result.requests.push_back(framing.take());
    }
  }
  result.refusal = framing.refusal();
  result.untouched = framing.untouched();
  return result;
}

// The request in one form, whatever form it came in.
inline std::string head_of(const FramedRequest& request) {
  std::string head = request.method + " " + request.target;
  head += request.http_1_0 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n";
  for (const auto& [name, value] : request.headers.entries) head += name + ": " + value + "\r\n";
  return head + "\r\n";
}

inline bool same(const FramingResult& a, const FramingResult& b) {
  if (a.refusal != b.refusal || a.untouched != b.untouched) return false;
  if (a.requests.size() != b.requests.size()) return false;
  for (std::size_t i = 0; i < a.requests.size(); ++i) {
    const auto& x = a.requests[i];
    const auto& y = b.requests[i];
    if (head_of(x) != head_of(y) || x.body != y.body) return false;
    if (x.http_1_0 != y.http_1_0 || x.keep_alive != y.keep_alive) return false;
  }
  return true;
}

// Every line of a head ends with CRLF, none is folded, no control character is left in it.
inline bool is_clean(const FramedRequest& request, const FramingLimits& limits) {
  if (request.body.size() > limits.body_bytes_max) return false;
  // "GET ?x" becomes "GET /?x", and ":x" becomes ": x".
  const std::size_t added_max = 1 + 2 * limits.headers_max;
  const std::string head = head_of(request);
  if (head.size() > limits.head_bytes_max + added_max) return false;
  if (!head.ends_with("\r\n\r\n")) return false;
  for (std::size_t i = 0; i < head.size(); ++i) {
    const auto c = static_cast<unsigned char>(head[i]);
    if (c == '\n' && (i == 0 || head[i - 1] != '\r')) return false;
    if (c == '\r' && (i + 1 == head.size() || head[i + 1] != '\n')) return false;
    if (c == '\n' && i + 1 < head.size() && (head[i + 1] == ' ' || head[i + 1] == '\t'))
      return false;
    if (c == 0x7f || (c < 0x20 && c != '\r' && c != '\n' && c != '\t')) return false;
  }
  return head.find("\r\n\r\n") == head.size() - 4;
}

// A small generator (splitmix64): the same pieces for the same seed on every machine.
struct Pieces {
  std::uint64_t state;
  std::uint64_t next() {
    std::uint64_t z = (state += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(next() % limit); }
};

inline bool framing_property_holds(std::string_view bytes, std::uint64_t seed,
                                   const FramingLimits& limits) {
  const auto whole = frame_all(limits, bytes, [&] { return bytes.size(); });
  const auto single = frame_all(limits, bytes, [] { return std::size_t{1}; });
  Pieces pieces{seed};
  const auto mixed = frame_all(limits, bytes, [&] { return 1 + pieces.below(40); });
  if (!same(whole, single) || !same(whole, mixed)) return false;
  for (const auto& request : whole.requests)
    if (!is_clean(request, limits)) return false;
  return true;
}

}  // namespace usher::http::testing
