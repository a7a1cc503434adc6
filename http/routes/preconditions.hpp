// A write that depends on what it meets: which version it may be made on.
#pragma once

#include <algorithm>
#include <optional>
#include <tl/expected.hpp>
#include <utility>

#include "http/requests/ask.hpp"
#include "http/routes/context.hpp"
#include "http/views/conditional.hpp"
#include "http/views/problem.hpp"

namespace usher::http {

// The condition for AskOptions; nullopt: any version. One version needs no look, because the
// aggregate compares it; for the rest the version that was judged here is the one that must still
// stand when the write is made.
template <class A>
asio::awaitable<tl::expected<std::optional<Version>, Response>> version_to_write(
    Context& context, typename A::Key id, WriteConditions conditions) {
  using Judged = tl::expected<std::optional<Version>, Response>;
  const bool looks = conditions.if_absent || !conditions.if_none_match.empty();
  if (!looks && !conditions.if_match) co_return Judged{std::nullopt};
  if (!looks && conditions.if_match->size() == 1) co_return Judged{conditions.if_match->front()};

  auto asking = get<A>(context.market, id, context.deadline());
  const auto seen = co_await std::move(asking);
  if (!seen) co_return tl::unexpected{problem(seen.error())};
  const auto holds = [&](const std::vector<Version>& versions) {
    return std::find(versions.begin(), versions.end(), seen->version) != versions.end();
  };
  if (conditions.if_match && !holds(*conditions.if_match))
    co_return tl::unexpected{problem(Refusal{Rejection::stale_version, seen->version, {}})};
  if (conditions.if_absent || holds(conditions.if_none_match))
    co_return tl::unexpected{exists_already(seen->version)};
  co_return Judged{seen->version};
}

}  // namespace usher::http
