#include "http/routes/page_head.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/hex.hpp"
#include "http/front/ascii.hpp"
#include "http/front/text.hpp"
#include "http/requests/ask.hpp"
#include "http/routes/context.hpp"

namespace usher::http {
namespace {

constexpr std::string_view shop = "Usher";
constexpr std::string_view shop_title = "Tickets for sale";
constexpr std::string_view shop_description = "Buy and sell tickets. What you see is for sale now.";
constexpr std::string_view picture_path = "/card.png";  // web/public
constexpr std::string_view tickets_path = "/tickets/";
constexpr std::size_t title_length_max = 200;  // code points; no card shows more

struct About {
  std::string title;
  std::string description;
};

// The ticket that this address of the page is about.
std::optional<TicketId> ticket_of(std::string_view path) {
  if (!equal_without_case(path.substr(0, tickets_path.size()), tickets_path)) return std::nullopt;
  path.remove_prefix(tickets_path.size());
  if (path.ends_with('/')) path.remove_suffix(1);
  return TicketId::parse(path);
}

std::string shortened(std::string_view text) {
  if (count_code_points(text) <= title_length_max) return std::string{text};
  std::string_view rest = text;
  for (std::size_t i = 1; i < title_length_max; ++i) static_cast<void>(take_code_point(rest));
  return std::string{text.substr(0, text.size() - rest.size())} + "\u2026";
}

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return text;
}

// "38.50", where a price has cents at all.
std::string price_of(Money money, const Currency& currency) {
  std::string text = to_decimal(money, currency);
  const auto point = text.find('.');
  const auto wanted = point + 1 + static_cast<std::size_t>(currency.decimals);
  if (point != std::string::npos && text.size() < wanted) text.resize(wanted, '0');
  return text;
}

std::string state_of(const Ticket::State& ticket) {
  if (!ticket.hold) return "For sale now.";
  return ticket.hold->sold ? "Sold." : "On hold for a buyer.";
}

std::string meta(std::string_view kind, std::string_view name, std::string_view content) {
  std::string out = "<meta ";
  out.append(kind).append("=\"").append(name).append("\" content=\"");
  return out.append(escaped_for_html(content)).append("\" />");
}

std::string head(const About& about, const Request& request) {
  std::string out = "<title>";
  out.append(escaped_for_html(about.title)).append(" \u00b7 ").append(shop).append("</title>");
  out += meta("name", "description", about.description);
  out += meta("property", "og:site_name", shop);
  out += meta("property", "og:type", "website");
  out += meta("property", "og:title", about.title);
  out += meta("property", "og:description", about.description);
  if (const auto origin = origin_of(request); !origin.empty()) {
    std::string path = percent_encoded(request.path);
    for (auto at = path.find("%2F"); at != std::string::npos; at = path.find("%2F", at))
      path.replace(at, 3, "/");
    out += meta("property", "og:url", origin + path);
    out += meta("property", "og:image", origin + std::string{picture_path});
    out += meta("name", "twitter:card", "summary_large_image");
  }
  return out;
}

}  // namespace

std::string origin_of(const Request& request) {
  const auto host = request.headers.find("Host").value_or("");
  const auto is_of_a_host = [](char c) {
    return is_alpha(c) || is_digit(c) ||
           std::string_view{".-:[]"}.find(c) != std::string_view::npos;
  };
  if (host.empty() || !std::all_of(host.begin(), host.end(), is_of_a_host)) return {};
  return (request.secure ? "https://" : "http://") + std::string{host};
}

asio::awaitable<std::string> page_head(Context& context, const Request& request) {
  About about{std::string{shop_title}, std::string{shop_description}};
  if (const auto id = ticket_of(request.path)) {
    auto asking = get<Ticket>(context.market, *id, context.deadline());
    const auto ticket = co_await std::move(asking);
    if (ticket) {
      const Ticket::State& state = *ticket->state;
      about.title = shortened(state.listing.title);
      const auto& currency = context.options.currency();
      about.description = price_of(state.listing.price, currency) + ' ' +
                          upper(std::string{currency.code}) + ". " + state_of(state);
    }
  }
  co_return head(about, request);
}

}  // namespace usher::http
