#include "http/views/conditional.hpp"

#include <charconv>

#include "http/front/ascii.hpp"
#include "http/front/errors.hpp"
#include "http/requests/error_codes.hpp"
#include "http/views/json_views.hpp"

namespace usher::http {
namespace {

constexpr Version never = 0;  // no aggregate that exists has this version

std::optional<std::uint64_t> quoted_number(std::string_view tag) {
  if (tag.size() < 3 || tag.front() != '"' || tag.back() != '"') return std::nullopt;
  const auto digits = tag.substr(1, tag.size() - 2);
  std::uint64_t number = 0;
  const auto* end = digits.data() + digits.size();
  const auto read = std::from_chars(digits.data(), end, number);
  if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
  return number;
}

std::vector<Version> versions_in(std::string_view list) {
  std::vector<Version> versions;
  while (!trimmed(list).empty()) {
    const auto tag = take_tag(list);
    if (tag.empty()) continue;
    const auto number = quoted_number(without_weakness(tag));
    versions.push_back(number ? *number + 1 : never);  // 2^64 - 1 becomes `never` as well
  }
  return versions;
}

template <class R>
std::string rows_hash(const Page<R>& page) {
  std::string content;
  content.reserve(page.rows.size() * (decltype(R::id)::size + sizeof(Version)) + 1);
  for (const auto& row : page.rows) {
    for (const auto byte : row.id.bytes()) content += static_cast<char>(byte);
    for (unsigned shift = 0; shift < 64; shift += 8)
      content += static_cast<char>((row.version >> shift) & 0xFF);
  }
  content += page.next ? '+' : '.';
  return '"' + hex_hash(content) + '"';
}

}  // namespace

std::string version_etag(Version version) { return '"' + std::to_string(outside(version)) + '"'; }

std::string order_etag(Version version, const Order::State& order) {
  return (order.has_ended() ? "" : "W/") + version_etag(version);
}

std::string list_etag(const Page<TicketRow>& page) { return rows_hash(page); }
std::string list_etag(const Page<OrderRow>& page) { return "W/" + rows_hash(page); }

tl::expected<WriteConditions, Complaint> conditions_of(const Request& request) {
  WriteConditions conditions;
  const auto complain = [](std::string message) {
    return tl::unexpected{Complaint{code::invalid_precondition, std::move(message)}};
  };
  if (request.headers.find("If-Unmodified-Since"))
    return complain("If-Unmodified-Since is not understood here: use If-Match");
  for (const std::string name : {"If-Match", "If-None-Match"})
    if (const auto list = request.headers.joined(name); list && !is_etag_list(*list))
      return complain(name + " must be * or name versions, such as \"3\"");
  if (const auto list = request.headers.joined("If-Match"); list && trimmed(*list) != "*")
    conditions.if_match = versions_in(*list);
  if (const auto list = request.headers.joined("If-None-Match")) {
    conditions.if_absent = trimmed(*list) == "*";
    if (!conditions.if_absent) conditions.if_none_match = versions_in(*list);
  }
  return conditions;
}

}  // namespace usher::http
