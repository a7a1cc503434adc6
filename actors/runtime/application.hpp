// An application, as the runtime takes it: a type that names its aggregates and what is to be known
// of all of them together. One aggregate is Hosted<A> (hosting.hpp) and a codec (codec/codec.hpp).
//
//   struct Blog {
//     static ApplicationName application() { return {"blog"}; }  // of its data directories
//     using Aggregates = AggregateList<Post, Comments>;
//     using Tally = ...;                                         // projections/replay.hpp
//     static void check(const ReplayedShard<Blog>& shard, Tally& tally, const Report& report);
//   };
#pragma once

#include <string_view>
#include <tuple>
#include <type_traits>

#include "actors/runtime/codec/codec.hpp"
#include "actors/runtime/hosting.hpp"

namespace usher {

template <class... As>
struct AggregateList {};

namespace detail {

template <class List>
struct Everything;
template <class... As>
struct Everything<AggregateList<As...>> {
  using List = AggregateList<As..., RequestKey>;
  // A tuple of Of<A> for each aggregate A.
  template <template <class> class Of>
  using Tuple = std::tuple<Of<As>..., Of<RequestKey>>;
};

}  // namespace detail

// The application's aggregates and the runtime's own.
template <class App>
using AllAggregates = typename detail::Everything<typename App::Aggregates>::List;
template <class App, template <class> class Of>
using ForEachAggregate = typename detail::Everything<typename App::Aggregates>::template Tuple<Of>;

// Calls `f(std::type_identity<A>{})` for the aggregate whose streams are named so; false: none is.
template <class... As, class F>
bool with_aggregate_of(AggregateList<As...>, std::string_view stream, F f) {
  const char kind = stream.empty() ? '\0' : stream.front();
  static_assert(((stream_kind<As> != '\0') && ...), "each aggregate has a kind of stream");
  return ((kind == stream_kind<As> ? (f(std::type_identity<As>{}), true) : false) || ...);
}

}  // namespace usher
