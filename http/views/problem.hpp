// The one place where a rejection or a failure of the market becomes a status and a text.
#pragma once

#include "actors/market/market.hpp"
#include "http/front/errors.hpp"

namespace usher::http {

// The market's no, with the current version in the ETag and the body when the write was stale.
[[nodiscard]] Response problem(const Refusal& refusal);
// 412 to a write that was wanted only if nothing, or nothing of this version, stood there.
[[nodiscard]] Response exists_already(Version version);

}  // namespace usher::http
