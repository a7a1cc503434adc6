// The session versions of accounts, as far as they were looked up or heard of lately: a sign-out
// makes its account's version grow, and tokens from before that have ended (docs/security.md). Any
// thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "actors/market/domain/ids.hpp"

namespace usher::http {

// Keeps at most `users_max`, and at least the half of them that were used last: when the young half
// is full, it becomes the old one, and what was in that and not used since is forgotten.
class SessionVersions {
 public:
  static constexpr std::size_t users_max_default = 32'768;

  explicit SessionVersions(DurationMs age_ms_max, std::size_t users_max = users_max_default)
      : age_ms_max_(age_ms_max), half_max_(std::max<std::size_t>(1, users_max / 2)) {}

  // false: nobody is looked up.
  [[nodiscard]] bool is_on() const { return age_ms_max_ > 0; }

  // nullopt: it has to be looked up. By the steady clock, as wall clocks are set back.
  [[nodiscard]] std::optional<std::uint64_t> find(const UserId& user, TimeMs steady_now) {
    const std::lock_guard lock{mutex_};
    const auto* known = look(user);
    if (!known || steady_now - known->at >= age_ms_max_) return std::nullopt;
    return known->version;
  }

  // Versions only grow, so what is known to have ended has, however long ago that was heard.
  [[nodiscard]] bool has_ended(const UserId& user, std::uint64_t version) {
    const std::lock_guard lock{mutex_};
    const auto* known = look(user);
    return known && version < known->version;
  }

  // `at`: when the look-up began. One that was overtaken by a sign-out does not undo it.
  void learn(const UserId& user, std::uint64_t version, TimeMs at) {
    const std::lock_guard lock{mutex_};
    if (auto* known = look(user)) {
      known->at = std::max(known->at, at);
      known->version = std::max(known->version, version);
      return;
    }
    make_room();
    young_.insert_or_assign(user.text, Known{version, at});
  }

  [[nodiscard]] std::size_t size() const {
    const std::lock_guard lock{mutex_};
    return young_.size() + old_.size();
  }

 private:
  struct Known {
    std::uint64_t version = 0;
    TimeMs at = 0;
  };
  using Half = std::unordered_map<std::string, Known>;

  Known* look(const UserId& user) {
    if (const auto found = young_.find(user.text); found != young_.end()) return &found->second;
    const auto found = old_.find(user.text);
    if (found == old_.end()) return nullptr;
    auto entry = old_.extract(found);
    make_room();
    return &young_.insert(std::move(entry)).position->second;
  }

  void make_room() {
    if (young_.size() < half_max_) return;
    old_ = std::move(young_);
    young_.clear();
  }

  const DurationMs age_ms_max_;
  const std::size_t half_max_;
  mutable std::mutex mutex_;
  Half young_;
  Half old_;
};

}  // namespace usher::http
