// Paging: query parameters in, Link header out.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/market/market.hpp"
#include "http/front/message.hpp"
#include "http/requests/options.hpp"
#include "http/requests/validation.hpp"

namespace usher::http {

inline constexpr std::uint64_t json_integer_max = std::uint64_t{1} << 53;  // exact in any client

// Which list it is, in which order, of whom, and what it is searched for: a cursor holds in its own
// scope only.
[[nodiscard]] std::string scope_of(const Request& request, std::string_view path,
                                   std::string_view user = {});
// `place`: Page::next.
[[nodiscard]] std::string cursor_in(std::string_view scope, std::string_view place);

// ?limit= and ?after=. With neither of them: as many rows as an unpaged list may have.
[[nodiscard]] Validated<PageRequest> read_page(const Request& request, const PageLimits& limits,
                                               std::string_view scope);
// The same with ?q= and ?sort=.
[[nodiscard]] Validated<TicketSearch> read_search(const Request& request, const PageLimits& limits,
                                                  std::string_view scope);

// One complaint for each parameter of the query that is not among these.
[[nodiscard]] Complaints unknown_parameters(const Request& request,
                                            std::initializer_list<std::string_view> known);

// ?limit= and ?after=<version>, as the journal counts; 0 without it.
struct HistoryPage {
  Version after = 0;
  std::size_t limit = 0;
};
[[nodiscard]] Validated<HistoryPage> read_history_page(const Request& request,
                                                       const PageLimits& limits);

// A whole number between min and max; `fallback` when the parameter is absent.
[[nodiscard]] Validated<std::uint64_t> read_number(const Request& request, std::string_view name,
                                                   std::uint64_t min, std::uint64_t max,
                                                   std::uint64_t fallback);

using Query = std::vector<std::pair<std::string_view, std::string>>;
// </api/tickets?limit=20&after=...>; rel="next". Parameters with an empty value are left out.
[[nodiscard]] std::string next_link(std::string_view path, const Query& query);
// For `page.next`, with the request's own ?q= and ?sort=.
void add_next_link(Response& response, const Request& request, std::string_view path,
                   std::string_view scope, const std::optional<std::string>& next,
                   const PageLimits& limits);

// The market does not know the cursor: 400. Any other refusal is its own answer.
[[nodiscard]] Response list_problem(const Refusal& refusal);

}  // namespace usher::http
