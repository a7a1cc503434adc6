// From the configuration's values to each layer's own options.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <tl/expected.hpp>

#include "actors/market/options.hpp"
#include "actors/market/workers/payment_gateway.hpp"
#include "config/config.hpp"
#include "config/sizing.hpp"
#include "http/front/event_streams.hpp"
#include "http/front/front.hpp"
#include "http/requests/options.hpp"
#include "persistence/rocksdb_store.hpp"

namespace usher::cli {

struct ListenAt {
  std::string address;  // numeric
  std::uint16_t port = 0;
};
// A name is looked up; of several addresses an IPv4 one is taken.
[[nodiscard]] tl::expected<ListenAt, std::string> resolve_listen(const std::string& listen);

[[nodiscard]] RocksdbOptions rocksdb_options(const Sized& sized);
[[nodiscard]] MarketOptions runtime_options(const Config& config);
[[nodiscard]] http::FrontOptions front_options(const Config& config);
[[nodiscard]] http::EventStreamOptions stream_options(const Config& config);
[[nodiscard]] http::RouteOptions route_options(const Config& config, const Secrets& secrets,
                                               std::string signing_key,
                                               const AmountLimits& amounts);
// The settings' check has seen that there is one.
[[nodiscard]] const Currency& currency_of(const Config& config);
// In words, when the limits of prices leave none to be offered.
[[nodiscard]] std::optional<std::string> fault_of_prices(const Config& config,
                                                         const AmountLimits& amounts);
[[nodiscard]] std::unique_ptr<PaymentGateway> make_gateway(const Config& config,
                                                           const Secrets& secrets);

}  // namespace usher::cli
