#include "http/routes/listing.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "base/hex.hpp"
#include "http/front/ascii.hpp"
#include "http/front/errors.hpp"
#include "http/front/rate_limit.hpp"
#include "http/front/text.hpp"
#include "http/requests/error_codes.hpp"
#include "http/views/problem.hpp"

namespace usher::http {
namespace {

constexpr const char* bad_cursor =
    "After must be a cursor from a Link header of this very list, in this order";

tl::unexpected<Complaints> refuse(std::string message, std::string field,
                                  ErrorCode code = code::invalid_parameter) {
  return tl::unexpected{Complaints{{code, std::move(message), std::move(field)}}};
}

std::optional<TicketSort> sort_named(std::string_view name) {
  if (name == "created") return TicketSort::oldest;
  if (name == "-created") return TicketSort::newest;
  if (name == "price") return TicketSort::cheapest;
  if (name == "-price") return TicketSort::dearest;
  return std::nullopt;
}

std::size_t page_rows(const Request& request, const PageLimits& limits) {
  const auto rows = read_number(request, "limit", 1, limits.rows_max, limits.rows_default);
  return static_cast<std::size_t>(rows.value_or(limits.rows_default));
}

}  // namespace

Validated<std::uint64_t> read_number(const Request& request, std::string_view name,
                                     std::uint64_t min, std::uint64_t max, std::uint64_t fallback) {
  const auto text = request.query_param(name);
  if (!text) return fallback;
  std::uint64_t number = 0;
  const auto* end = text->data() + text->size();
  const auto read = std::from_chars(text->data(), end, number);
  if (read.ec == std::errc{} && read.ptr == end && number >= min && number <= max) return number;
  std::string title{name};
  title[0] = static_cast<char>(title[0] - 'a' + 'A');
  return refuse(title + " must be between " + std::to_string(min) + " and " + std::to_string(max),
                std::string{name});
}

std::string scope_of(const Request& request, std::string_view path, std::string_view user) {
  std::string scope{path};
  for (const auto part : {user, request.query_param("sort").value_or("created"),
                          request.query_param("q").value_or("")}) {
    scope += '\0';
    scope += part;
  }
  return scope;
}

std::string cursor_in(std::string_view scope, std::string_view place) {
  // FNV-1a. It tells lists apart, and a cursor that was cut or mistyped from a whole one; it does
  // not defend: the place behind it is judged by itself.
  std::uint32_t hash = 2'166'136'261;
  const auto mix = [&hash](std::string_view text) {
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16'777'619;
  };
  mix(scope);
  mix({"", 1});
  mix(place);
  std::string cursor = to_hex(hash);
  cursor += '.';
  cursor += place;
  return cursor;
}

Complaints unknown_parameters(const Request& request,
                              std::initializer_list<std::string_view> known) {
  Complaints complaints;
  for (const auto& [name, value] : request.query)
    if (std::find(known.begin(), known.end(), name) == known.end())
      complaints.push_back({code::unknown_parameter, "There is no parameter " + name, name});
  return complaints;
}

Validated<PageRequest> read_page(const Request& request, const PageLimits& limits,
                                 std::string_view scope) {
  PageRequest page;
  page.client = client_key(request.client);
  const auto after = request.query_param("after");
  const bool is_paged = after || request.query_param("limit");
  const auto rows = read_number(request, "limit", 1, limits.rows_max,
                                is_paged ? limits.rows_default : limits.unpaged_rows_max);
  if (!rows) return tl::unexpected{rows.error()};
  page.limit = static_cast<std::size_t>(*rows);
  if (!after) return page;
  const bool fits = !after->empty() && after->size() <= limits.cursor_bytes_max &&
                    std::all_of(after->begin(), after->end(), is_visible);
  const auto dot = after->find('.');
  const auto place = dot == std::string::npos ? std::string_view{} : after->substr(dot + 1);
  if (!fits || cursor_in(scope, place) != *after)
    return refuse(bad_cursor, "after", code::invalid_cursor);
  page.after = std::string{place};
  return page;
}

Validated<TicketSearch> read_search(const Request& request, const PageLimits& limits,
                                    std::string_view scope) {
  TicketSearch search;
  auto page = read_page(request, limits, scope);
  if (!page) return tl::unexpected{page.error()};
  search.page = std::move(*page);
  const auto sort = sort_named(request.query_param("sort").value_or("created"));
  if (!sort) return refuse("Sort must be one of created, -created, price, -price", "sort");
  search.sort = *sort;
  search.text = request.query_param("q").value_or("");
  if (!is_utf8(search.text)) return refuse("Q must be UTF-8", "q");
  if (count_code_points(search.text) > limits.search_length_max)
    return refuse("Q must be at most " + std::to_string(limits.search_length_max) + " characters",
                  "q");
  return search;
}

Validated<HistoryPage> read_history_page(const Request& request, const PageLimits& limits) {
  const auto rows = read_number(request, "limit", 1, limits.rows_max, limits.rows_default);
  if (!rows) return tl::unexpected{rows.error()};
  HistoryPage page{0, static_cast<std::size_t>(*rows)};
  if (!request.query_param("after")) return page;
  const auto after = read_number(request, "after", 0, json_integer_max, 0);
  if (!after) return tl::unexpected{after.error()};
  page.after = *after + 1;  // outside, the first version is 0
  return page;
}

std::string next_link(std::string_view path, const Query& query) {
  std::string link = "<";
  link += path;
  char separator = '?';
  for (const auto& [name, value] : query) {
    if (value.empty()) continue;
    link += std::exchange(separator, '&');
    link += name;
    link += '=';
    link += percent_encoded(value);
  }
  return link + ">; rel=\"next\"";
}

void add_next_link(Response& response, const Request& request, std::string_view path,
                   std::string_view scope, const std::optional<std::string>& next,
                   const PageLimits& limits) {
  if (!next) return;
  const bool is_paged = request.query_param("after") || request.query_param("limit");
  const std::size_t rows = is_paged ? page_rows(request, limits) : limits.rows_max;
  const Query query{{"limit", std::to_string(rows)},
                    {"after", cursor_in(scope, *next)},
                    {"sort", std::string{request.query_param("sort").value_or("")}},
                    {"q", std::string{request.query_param("q").value_or("")}}};
  response.header("Link", next_link(path, query));
}

Response list_problem(const Refusal& refusal) {
  if (std::holds_alternative<Rejection>(refusal.why))
    return problem(Complaints{{code::invalid_cursor, bad_cursor, "after"}});
  return problem(refusal);
}

}  // namespace usher::http
