// Why a payment was refused, for programs. Whatever the gateway calls it becomes one of these: they
// are written into events and are part of the HTTP contract, so none ever changes its meaning.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace usher::decline {

// The card, or its bank.
inline constexpr std::string_view card_declined = "card_declined";  // and that is all it says
inline constexpr std::string_view insufficient_funds = "insufficient_funds";
inline constexpr std::string_view expired_card = "expired_card";
inline constexpr std::string_view incorrect_number = "incorrect_number";
inline constexpr std::string_view incorrect_cvc = "incorrect_cvc";
inline constexpr std::string_view processing_error = "processing_error";  // may work another time
inline constexpr std::string_view authentication_required = "authentication_required";
inline constexpr std::string_view card_unusable = "card_unusable";  // or its token
// The order.
inline constexpr std::string_view amount_too_small = "amount_too_small";
inline constexpr std::string_view amount_too_large = "amount_too_large";
// Us.
inline constexpr std::string_view payment_unavailable = "payment_unavailable";
// What came of it later.
inline constexpr std::string_view payment_not_charged = "payment_not_charged";
inline constexpr std::string_view payment_refunded = "payment_refunded";

inline constexpr std::array all = {
    card_declined,           insufficient_funds,  expired_card,
    incorrect_number,        incorrect_cvc,       processing_error,
    authentication_required, card_unusable,       amount_too_small,
    amount_too_large,        payment_unavailable, payment_not_charged,
    payment_refunded,
};

// The same text, in static storage; empty: it is none of these.
[[nodiscard]] constexpr std::string_view find(std::string_view code) {
  const auto found = std::find(all.begin(), all.end(), code);
  return found == all.end() ? std::string_view{} : *found;
}
[[nodiscard]] constexpr bool is_known(std::string_view code) { return !find(code).empty(); }

}  // namespace usher::decline
