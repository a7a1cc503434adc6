#include "http/views/conditional.hpp"

#include <charconv>

#include "http/front/ascii.hpp"
#include "http/front/errors.hpp"
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

tl::expected<std::optional<Version>, Complaint> if_match(const Request& request) {
  const auto header = request.headers.find("If-Match");
  if (!header || trimmed(*header) == "*") return std::nullopt;
  std::string_view list = *header;
  const auto tag = take_tag(list);
  if (!trimmed(list).empty())
    return tl::unexpected{Complaint{"If-Match must name one version, such as \"3\""}};
  const auto number = quoted_number(without_weakness(tag));
  return number ? *number + 1 : never;  // 2^64 - 1 becomes `never` as well
}

}  // namespace usher::http
