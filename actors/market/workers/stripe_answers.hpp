// What Stripe's answers mean. Pure, and total: any status with any body means something.
//
// Each documented type and code of an error is decided here. A charge is refused when the answer
// says that this request took no money and never will; it is unknown only when some attempt may
// have taken it: no answer, 5xx, api_error, a conflict or a limit of the rate (asked again under
// the same key), an answer that cannot be read. `may_be_charged` says that such an attempt went
// before: then an answer that is about us or about the token (401, 403, token_already_used) does
// not tell what became of that one.
//
//   card_error, any 402              refused, with the card's words and code
//   authentication_required          refused: 3-D Secure, which charges cannot do
//   invalid_request_error            amount_too_small, amount_too_large: refused, with our words
//                                    about the card or its token: refused, with Stripe's words
//                                    token_in_use: unknown; token_already_used: see above
//                                    anything else is our mistake: misconfigured
//   401, 403, other 4xx              misconfigured
//   idempotency_error                unknown, and the key is of no use any more
//   408, 409, 424, 425, 429, 5xx     unknown
//   200 about something else         unknown: another payment, charge, amount or currency
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "actors/market/workers/https_call.hpp"
#include "actors/market/workers/payment_gateway.hpp"

namespace usher {

struct AskedCharge {
  PaymentId payment;
  std::int64_t amount = 0;  // in Stripe's unit
  std::string_view currency = "usd";
  bool may_be_charged = false;
};

[[nodiscard]] ChargeOutcome read_charge(const HttpsAnswer& answer, const AskedCharge& asked);

struct AskedRefund {
  std::string charge;
  std::int64_t amount = 0;  // in Stripe's unit
  std::string_view currency = "usd";
};
[[nodiscard]] RefundOutcome read_refund(const HttpsAnswer& answer, const AskedRefund& asked);

// A page of charges, from a search or a list: what it says of the payment, and where the next page
// begins. NothingKnown: not on this page.
struct ChargesPage {
  LookUpOutcome outcome;
  std::string last_id;  // of the last charge on it
  bool has_more = false;
};
[[nodiscard]] ChargesPage read_charges(const HttpsAnswer& answer, const AskedCharge& asked);

}  // namespace usher
