#include "actors/market/node.hpp"

#include <caf/actor_system.hpp>
#include <caf/send.hpp>
#include <utility>

#include "actors/market/caf_market.hpp"
#include "actors/market/ticket_shop.hpp"
#include "actors/market/workers/gateway_actor.hpp"
#include "actors/runtime/fair_line.hpp"
#include "actors/runtime/runtime_node.hpp"
#include "actors/runtime/worker_pool.hpp"

namespace usher {

struct Node::Impl {
  Impl(caf::actor_system& system, NodeParts parts)
      : options(parts.options),
        node(system,
             {.clock = parts.clock,
              .journal = parts.journal,
              .options = options,
              .reminder_rules = TicketShop::reminder_rules(options),
              .gauges = gauges,
              .on_committed = listener(std::move(parts.on_committed), parts.live_per_buyer_max),
              .log = parts.log,
              .core = std::move(parts.core)},
             spawn_shard_actor<TicketShop>),
        gateway(
            spawn_gateway_actor(system, node.runtime(), options, gauges, parts.gateway, parts.log)),
        password_workers(spawn_worker_pool(system, options, gauges,
                                           {.name = "password workers",
                                            .workers = options.password_workers,
                                            .queue_max = options.password_workers},
                                           nullptr, parts.log)),
        passwords(spawn_fair_line(system, password_workers,
                                  {.name = "the line of password workers",
                                   .limits = {options.password_workers, options.password_queue_max,
                                              options.password_wait_ms_max},
                                   .simulated = options.simulated},
                                  {&gauges.password_queue, &gauges.failures, &gauges.actor_failed},
                                  parts.log)),
        market(node.runtime(), options, passwords, parts.scrypt, parts.id_seed,
               parts.live_per_buyer_max) {
    node.outside(gateway);
  }

  using Listener = std::function<void(std::vector<FeedRecord>)>;
  Listener listener(Listener then, std::size_t live_per_buyer_max) {
    if (live_per_buyer_max == 0) return then;
    return [this, then = std::move(then)](auto records) {
      market.see(records);
      if (then) then(std::move(records));
    };
  }

  MarketGauges gauges;
  const MarketOptions options;
  RuntimeNode node;
  caf::actor gateway;
  caf::actor password_workers;  // behind the next one
  caf::actor passwords;
  CafMarket market;
};

Node::Node(caf::actor_system& system, NodeParts parts)
    : impl_(std::make_unique<Impl>(system, std::move(parts))) {}
Node::~Node() = default;

void Node::start() { impl_->node.start(); }

Market& Node::market() { return impl_->market; }
MarketGauges& Node::gauges() const { return impl_->gauges; }
const Runtime& Node::runtime() const { return impl_->node.runtime(); }

bool Node::stop(DurationMs limit_ms) {
  impl_->market.close();
  return impl_->node.stop(limit_ms, {impl_->gateway, impl_->passwords, impl_->password_workers});
}

void Node::kill() {
  impl_->market.close();
  for (auto* actor : {&impl_->gateway, &impl_->passwords, &impl_->password_workers})
    caf::anon_send_exit(*actor, caf::exit_reason::kill);
  impl_->node.kill();
}

}  // namespace usher
