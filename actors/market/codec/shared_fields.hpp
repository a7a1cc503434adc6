// The fields of what several aggregates of the shop are made of.
#pragma once

#include <tuple>

#include "actors/market/domain/ids.hpp"
#include "actors/market/domain/money.hpp"
#include "actors/runtime/codec/forms.hpp"

namespace usher {

auto fields(As<UserId> auto& x) { return std::tie(x.text); }
auto fields(As<Money> auto& x) { return std::tie(x.minor); }

}  // namespace usher
