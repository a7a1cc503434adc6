// The tokens, and the cookies that hold one, whose signature has been verified lately: a client
// sends the same one with each request. Any thread.
//
// Each is found by a hash of all of it, so the time of a look-up says nothing about how much of a
// guess is right.
#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "http/requests/auth.hpp"

namespace usher::http {

// Keeps at most `tokens_max`, and at least the half of them that were used last: when the young
// half is full, it becomes the old one, and what was in that and not used since is forgotten.
class TokenCache {
 public:
  static constexpr std::size_t tokens_max_default = 32'768;
  static constexpr std::size_t token_bytes_max = 1'024;  // longer ones are not kept

  explicit TokenCache(std::size_t tokens_max = tokens_max_default) : half_max_(tokens_max / 2) {}

  [[nodiscard]] std::optional<Claims> find(std::string_view token) {
    if (token.size() > token_bytes_max) return std::nullopt;
    const std::lock_guard lock{mutex_};
    if (const auto found = young_.find(token); found != young_.end()) return found->second;
    const auto found = old_.find(token);
    if (found == old_.end()) return std::nullopt;
    auto entry = old_.extract(found);
    Claims claims = entry.mapped();
    make_room();
    young_.insert(std::move(entry));
    return claims;
  }

  void add(std::string_view token, const Claims& claims) {
    if (token.size() > token_bytes_max) return;
    const std::lock_guard lock{mutex_};
    make_room();
    young_.insert_or_assign(std::string{token}, claims);
  }

  [[nodiscard]] std::size_t size() const {
    const std::lock_guard lock{mutex_};
    return young_.size() + old_.size();
  }

 private:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  using Half = std::unordered_map<std::string, Claims, Hash, std::equal_to<>>;

  void make_room() {
    if (young_.size() < half_max_) return;
    old_ = std::move(young_);
    young_.clear();
  }

  const std::size_t half_max_;
  mutable std::mutex mutex_;
  Half young_;
  Half old_;
};

}  // namespace usher::http
