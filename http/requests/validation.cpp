#include "http/requests/validation.hpp"

#include <utility>

#include "base/text.hpp"
#include "http/front/text.hpp"
#include "http/requests/error_codes.hpp"

namespace usher::http {
namespace {

// Text of a field for which numbers are taken as text and everything else is wrong.
std::string text_or_number(const JsonBody& body, std::string_view name) {
  const auto* field = body.find(name);
  const bool fits =
      field && (field->kind == JsonField::Kind::string || field->kind == JsonField::Kind::number);
  return fits ? field->as_text().value_or("") : "";
}

Complaint bad_email() { return {code::invalid_email, "Email must be valid", "email"}; }

std::string checked_email(const JsonBody& body, Complaints& complaints) {
  auto email = text_or_number(body, "email");
  if (!is_email(email)) complaints.push_back(bad_email());
  return email;
}

std::string_view domain_of(std::string_view email) {
  return email.substr(std::min(email.rfind('@'), email.size() - 1) + 1);
}

std::string trimmed_password(const JsonBody& body) {
  return std::string{without_blanks(text_or_number(body, "password"))};
}

Validated<Credentials> credentials(std::string email, std::string password, Complaints complaints) {
  if (!complaints.empty()) return tl::unexpected{std::move(complaints)};
  return Credentials{normal_form(email), account_name(email), former_account_name(email),
                     normal_form(password), std::move(password)};
}

std::string what_is_wrong(const FoundFault& found) {
  switch (found.fault) {
    case TextFault::control:
      return "Title must not contain control characters (" + code_point_name(found.character) + ")";
    case TextFault::direction_change:
      return "Title must not contain characters that reorder text (" +
             code_point_name(found.character) + ")";
    default:
      return "Title must have something visible";
  }
}

std::string checked_title(const JsonBody& body, const ValidationLimits& limits,
                          Complaints& complaints) {
  auto title = body.text("title").value_or("");
  if (title.empty()) {
    complaints.push_back({code::title_required, "Title is required", "title"});
    return title;
  }
  if (limits.any_title) return title;
  title = normal_form(title);
  if (const auto found = fault_of_line(title))
    complaints.push_back({code::invalid_title, what_is_wrong(*found), "title"});
  return title;
}

// nullopt and a complaint when it is no price. Numbers are read from the text they were sent as.
std::optional<Money> checked_price(const JsonBody& body, const ValidationLimits& limits,
                                   OfferRule rule, Complaints& complaints) {
  const auto complain = [&](ErrorCode code, std::string message) {
    complaints.push_back({code, std::move(message), "price"});
    return std::nullopt;
  };
  const auto* field = body.find("price");
  const bool fits =
      field && (field->kind == JsonField::Kind::string || field->kind == JsonField::Kind::number);
  const auto price = parse_money(fits ? field->text : "", limits.currency);
  const auto in_words = [&](std::int64_t minor) {
    return to_decimal(Money{minor}, limits.currency);
  };
  const bool too_large =
      price ? price->minor > limits.price_minor_max
            : price.error() == MoneyError::out_of_range && field->text.front() != '-';
  if (too_large)
    return complain(code::price_too_high,
                    "Price must be at most " + in_words(limits.price_minor_max));
  if (!price && price.error() == MoneyError::too_many_decimals && field->text.front() != '-')
    return complain(code::invalid_price,
                    limits.currency.decimals == 0
                        ? "Price must be a whole number"
                        : "Price must have at most " +
                              std::string{limits.currency.decimals == 2 ? "two" : "three"} +
                              " decimals");
  if (!price || price->minor <= 0)
    return complain(code::invalid_price, rule == OfferRule::create
                                             ? "Price must be greater than 0"
                                             : "Price must be provided and must be greater than 0");
  if (price->minor < limits.price_minor_min)
    return complain(code::price_too_low,
                    "Price must be at least " + in_words(limits.price_minor_min));
  if (price->minor % limits.price_minor_step != 0)
    return complain(code::invalid_price,
                    "Price must be a multiple of " + in_words(limits.price_minor_step));
  return *price;
}

}  // namespace

Validated<Credentials> validate_sign_up(const JsonBody& body, const ValidationLimits& limits) {
  Complaints complaints;
  auto email = checked_email(body, complaints);
  // Whoever has such an address can sign in. But a new one would look like another's.
  // One at a domain that cannot be reaches nobody.
  if (complaints.empty() && (has_invisible(email) || has_broken_label(domain_of(email))))
    complaints.push_back(bad_email());
  auto password = trimmed_password(body);
  const auto length = count_code_points(normal_form(password));
  if (length < limits.password_length_min || length > limits.password_length_max)
    complaints.push_back({code::invalid_password,
                          "Password must be between " + std::to_string(limits.password_length_min) +
                              " and " + std::to_string(limits.password_length_max) + " characters",
                          "password"});
  return credentials(std::move(email), std::move(password), std::move(complaints));
}

Validated<Credentials> validate_sign_in(const JsonBody& body) {
  Complaints complaints;
  auto email = checked_email(body, complaints);
  auto password = trimmed_password(body);
  if (password.empty())
    complaints.push_back({code::password_required, "You must supply a password", "password"});
  return credentials(std::move(email), std::move(password), std::move(complaints));
}

Validated<Offer> validate_offer(const JsonBody& body, const ValidationLimits& limits,
                                OfferRule rule) {
  Complaints complaints;
  auto title = checked_title(body, limits, complaints);
  if (count_code_points(title) > limits.title_length_max)
    complaints.push_back(
        {code::title_too_long,
         "Title must be at most " + std::to_string(limits.title_length_max) + " characters",
         "title"});
  const auto price = checked_price(body, limits, rule, complaints);
  if (!complaints.empty()) return tl::unexpected{std::move(complaints)};
  return Offer{std::move(title), *price};
}

Validated<TicketId> validate_order(const JsonBody& body) {
  const auto id = TicketId::parse(text_or_number(body, "ticketId"));
  if (!id)
    return tl::unexpected{
        Complaints{{code::ticket_id_required, "TicketId must be provided", "ticketId"}}};
  return *id;
}

Validated<PaymentRequest> validate_payment(const JsonBody& body, const ValidationLimits& limits) {
  Complaints complaints;
  auto token = text_or_number(body, "token");
  if (token.empty())
    complaints.push_back({code::token_required, "Token must be provided", "token"});
  if (token.size() > limits.card_token_bytes_max)
    complaints.push_back({code::token_too_long, "Token is too long", "token"});
  const auto order = OrderId::parse(text_or_number(body, "orderId"));
  if (!order)
    complaints.push_back({code::order_id_required, "OrderId must be provided", "orderId"});
  if (!complaints.empty()) return tl::unexpected{std::move(complaints)};
  return PaymentRequest{std::move(token), *order};
}

}  // namespace usher::http
