// Every code that the shop's errors carry: the engine's, and what only a shop can say. This is the
// one place that decides them; docs/openapi.yaml (ErrorCode) explains every one, and a test
// compares the two. A code never changes its meaning.
#pragma once

#include "actors/market/domain/decline.hpp"
#include "http/front/error_codes.hpp"

namespace usher::http::code {

// What a request says.
inline constexpr ErrorCode invalid_email{"invalid_email"};
inline constexpr ErrorCode invalid_password{"invalid_password"};
inline constexpr ErrorCode password_required{"password_required"};
inline constexpr ErrorCode invalid_credentials{"invalid_credentials"};
inline constexpr ErrorCode signed_in_as_another{"signed_in_as_another"};
inline constexpr ErrorCode title_required{"title_required"};
inline constexpr ErrorCode invalid_title{"invalid_title"};
inline constexpr ErrorCode title_too_long{"title_too_long"};
inline constexpr ErrorCode invalid_price{"invalid_price"};
inline constexpr ErrorCode price_too_high{"price_too_high"};
inline constexpr ErrorCode price_too_low{"price_too_low"};
inline constexpr ErrorCode ticket_id_required{"ticket_id_required"};
inline constexpr ErrorCode order_id_required{"order_id_required"};
inline constexpr ErrorCode token_required{"token_required"};
inline constexpr ErrorCode token_too_long{"token_too_long"};
inline constexpr ErrorCode invalid_idempotency_key{"invalid_idempotency_key"};
inline constexpr ErrorCode invalid_precondition{"invalid_precondition"};
inline constexpr ErrorCode invalid_parameter{"invalid_parameter"};
inline constexpr ErrorCode unknown_parameter{"unknown_parameter"};
inline constexpr ErrorCode invalid_cursor{"invalid_cursor"};
inline constexpr ErrorCode history_gone{"history_gone"};
// What the market says no to.
inline constexpr ErrorCode stale_version{"stale_version"};
inline constexpr ErrorCode no_free_id{"no_free_id"};
inline constexpr ErrorCode ticket_reserved{"ticket_reserved"};
inline constexpr ErrorCode ticket_locked{"ticket_locked"};
inline constexpr ErrorCode order_complete{"order_complete"};
inline constexpr ErrorCode order_cancelled{"order_cancelled"};
inline constexpr ErrorCode order_expired{"order_expired"};
inline constexpr ErrorCode payment_in_flight{"payment_in_flight"};
inline constexpr ErrorCode payment_declined{"payment_declined"};
inline constexpr ErrorCode too_many_payments{"too_many_payments"};
inline constexpr ErrorCode payment_settled{"payment_settled"};
inline constexpr ErrorCode invalid_settlement{"invalid_settlement"};
inline constexpr ErrorCode too_many_reservations{"too_many_reservations"};
inline constexpr ErrorCode email_in_use{"email_in_use"};
inline constexpr ErrorCode idempotency_key_reused{"idempotency_key_reused"};
// What it could not do.
inline constexpr ErrorCode timed_out{"timed_out"};
inline constexpr ErrorCode overloaded{"overloaded"};
inline constexpr ErrorCode outcome_unknown{"outcome_unknown"};
inline constexpr ErrorCode not_ready{"not_ready"};

// Why a payment was declined.
inline constexpr ErrorCode card_declined{decline::card_declined};
inline constexpr ErrorCode insufficient_funds{decline::insufficient_funds};
inline constexpr ErrorCode expired_card{decline::expired_card};
inline constexpr ErrorCode incorrect_number{decline::incorrect_number};
inline constexpr ErrorCode incorrect_cvc{decline::incorrect_cvc};
inline constexpr ErrorCode processing_error{decline::processing_error};
inline constexpr ErrorCode authentication_required{decline::authentication_required};
inline constexpr ErrorCode card_unusable{decline::card_unusable};
inline constexpr ErrorCode amount_too_small{decline::amount_too_small};
inline constexpr ErrorCode amount_too_large{decline::amount_too_large};
inline constexpr ErrorCode payment_unavailable{decline::payment_unavailable};
inline constexpr ErrorCode payment_not_charged{decline::payment_not_charged};
inline constexpr ErrorCode payment_refunded{decline::payment_refunded};

}  // namespace usher::http::code
