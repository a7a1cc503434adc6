// What a running node shows of itself in /metrics and on the operator's page.
#pragma once

#include <vector>

#include "actors/market/options.hpp"
#include "cli/sales.hpp"
#include "http/front/front.hpp"
#include "http/front/metrics.hpp"

namespace usher::cli {

[[nodiscard]] std::vector<http::Figure> node_figures(const Runtime& runtime,
                                                     const MarketGauges& gauges,
                                                     const Journal& journal,
                                                     const http::FrontStats& front,
                                                     const Sales& sales);

}  // namespace usher::cli
