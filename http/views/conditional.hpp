// Conditional requests: ETag with If-None-Match (has it changed since I looked?) and If-Match (do
// it only if nobody was faster).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "actors/market/market.hpp"
#include "http/front/errors.hpp"
#include "http/front/etag.hpp"
#include "http/front/message.hpp"

namespace usher::http {

// "3" for an aggregate's fourth event. Its JSON is a function of id and version.
[[nodiscard]] std::string version_etag(Version version);
// The same for an order; weak while `expiresInMs` runs, because the version stays meanwhile.
[[nodiscard]] std::string order_etag(Version version, const Order::State& order);
// Of a list: which rows in which version. Order rows have a running clock: weak.
[[nodiscard]] std::string list_etag(const Page<TicketRow>& page);
[[nodiscard]] std::string list_etag(const Page<OrderRow>& page);

// The condition for AskOptions: nullopt without the header or for "*". A tag that is no version of
// ours never matches; several are a complaint. A weak tag counts as its version.
[[nodiscard]] tl::expected<std::optional<Version>, Complaint> if_match(const Request& request);

}  // namespace usher::http
