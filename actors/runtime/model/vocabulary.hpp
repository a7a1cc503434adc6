// The words that the runtime passes on and the application lists: enums that are opaque here and
// completed in the application (the shop: actors/market/domain). A program has one application.
#pragma once

#include <cstdint>
#include <string_view>

namespace usher {

// Why an aggregate says no.
enum class Rejection : std::uint16_t;
// The enumerator's name, for logs and metrics: the application's.
[[nodiscard]] std::string_view name_of(Rejection rejection);

// The four that the runtime itself says. The application's enum has them under these names, with
// these numbers.
namespace rejections {
inline constexpr Rejection not_found{1};
inline constexpr Rejection stale_version{2};
inline constexpr Rejection already_exists{3};
inline constexpr Rejection key_reused{4};
}  // namespace rejections

// Which of an aggregate's reminders. Persisted as one byte: never renumber.
enum class ReminderName : std::uint8_t;

// Which list a row stands in. Persisted as one byte: never renumber.
enum class View : std::uint8_t;

}  // namespace usher
