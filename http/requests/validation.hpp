// The rules of request bodies, with the texts that clients show. One complaint for each broken
// rule, in the order of docs/contract.md, section 2.
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
  bool any_title = false;                // also blanks, and what has no place in a line
  // In the smallest unit of `currency`. What the gateway could not charge is refused here.
  Currency currency = usd;
  std::int64_t price_minor_min = 1;
  std::int64_t price_minor_max = 100'000'000;
  std::int64_t price_minor_step = 1;  // a price is a multiple of it
  std::size_t card_token_bytes_max = 512;
};

template <class T>
using Validated = tl::expected<T, Complaints>;

struct Credentials {
  std::string email;  // as typed, in normal form
  Email account;      // its name
  // The name that was given to it before names followed Unicode; mostly the same.
  Email former_account;
  std::string password;  // in normal form
  // As typed: what was hashed before passwords were put in normal form. Mostly the same.
  std::string former_password;
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
// The stream and the slot of an account follow from its name, so a name once given stays.
// account_name: as base/text says, in the local part as well, as no provider tells its cases apart.
[[nodiscard]] Email account_name(std::string_view email);
// Until 26 November 2026: only ASCII letters were put in lower case. Accounts that were made then
// are found by it.
[[nodiscard]] Email former_account_name(std::string_view email);

}  // namespace usher::http
