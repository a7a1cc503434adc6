// The rules of request bodies, with the texts that clients show. One complaint for each broken
// rule, in the order of CONTRACT section 2.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "actors/market/domain/account.hpp"
#include "actors/market/domain/ids.hpp"
#include "actors/market/domain/money.hpp"
#include "http/front/errors.hpp"
#include "http/front/json_body.hpp"

namespace usher::http {

struct ValidationLimits {
  std::size_t password_length_min = 4;   // characters
  std::size_t password_length_max = 20;  // characters
  std::size_t title_length_max = 200;    // characters
  std::int64_t price_minor_max = 100'000'000;
  std::size_t card_token_bytes_max = 512;
};

template <class T>
using Validated = tl::expected<T, Complaints>;

struct Credentials {
  std::string email;  // as typed
  Email account;      // normalised: names the account
  std::string password;
};
[[nodiscard]] Validated<Credentials> validate_sign_up(const JsonBody& body,
                                                      const ValidationLimits& limits);
[[nodiscard]] Validated<Credentials> validate_sign_in(const JsonBody& body);

struct Offer {
  std::string title;
  Money price;
};
enum class OfferRule { create, update };  // they differ in a text
[[nodiscard]] Validated<Offer> validate_offer(const JsonBody& body, const ValidationLimits& limits,
                                              OfferRule rule);

[[nodiscard]] Validated<TicketId> validate_order(const JsonBody& body);

struct PaymentRequest {
  std::string token;
  OrderId order;
};
[[nodiscard]] Validated<PaymentRequest> validate_payment(const JsonBody& body,
                                                         const ValidationLimits& limits);

// Neither trimmed nor changed before: blanks around it are wrong. International addresses are
// right, a domain without a dot is not.
[[nodiscard]] bool is_email(std::string_view text);
// ASCII letters in lower case, in the local part as well: no provider tells them apart. Nothing
// else is changed: other scripts' case rules depend on their language.
[[nodiscard]] Email normalised(std::string_view email);

}  // namespace usher::http
