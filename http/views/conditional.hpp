// Conditional requests: the ETags of what is shown, and what a write depends on.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

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

// What a write depends on. A tag that is no version of ours names none; a weak one counts as its
// version.
struct WriteConditions {
  std::optional<std::vector<Version>> if_match;  // one of them must stand; nullopt: any
  bool if_absent = false;                        // If-None-Match: *
  std::vector<Version> if_none_match;            // none of these may stand
};
// A complaint about a header that is there but names nothing, and about dates: nothing here has
// one, and a condition that is not looked at would be a write that nobody wanted.
[[nodiscard]] tl::expected<WriteConditions, Complaint> conditions_of(const Request& request);

}  // namespace usher::http
