// All routes of the API, over any Market.
#pragma once

#include <prometheus/registry.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "actors/market/market.hpp"
#include "http/front/metrics.hpp"
#include "http/front/router.hpp"
#include "http/requests/options.hpp"

namespace usher::http {

struct RouteServices {
  std::shared_ptr<prometheus::Registry> registry;  // null: one of its own
  CollectFigures collect;                          // null: none
  // nullopt when the node takes reads and writes, else why not. Null: always ready.
  std::function<std::optional<std::string>()> not_ready_because;
  // Makes a backup of the running node and gives its folder; a refusal's detail says why there is
  // none. Null: not on this node.
  std::function<void(Callback<std::string> done)> backup;
  std::function<TimeMs()> steady_now_ms;  // null: the machine's; tests have their own
};

// Of a request: the user whom the client acts for, percent-encoded. 401 when the session is
// another's or nobody's. Without it the session alone counts.
inline constexpr std::string_view acts_for_header = "Usher-Acts-For";

struct Context;  // http/routes/context.hpp: what every route shares

// The market must outlive the router. Throws std::logic_error on options that cannot work (an
// empty signing key). The context is for page_state() and for otherwise().
std::shared_ptr<Context> add_routes(Router& router, Market& market, RouteOptions options,
                                    RouteServices services);

// A sign-out that was committed: what this node need not look up to know.
void hear_of_sign_out(Context& context, const Account::SignedOut& sign_out);

// For Router::otherwise: unknown paths under /api are 404 in the error shape; everything else is
// `page`'s, or 404 as well when that is null.
[[nodiscard]] Handler api_or(std::shared_ptr<Context> context, Handler page);

}  // namespace usher::http
