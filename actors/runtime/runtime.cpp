#include "actors/runtime/runtime.hpp"

#include <utility>

#include "actors/runtime/replicator.hpp"
#include "consensus/consensus_core.hpp"

namespace usher {

Runtime::Runtime(const Clock& time, const RuntimeOptions& settings, Journal& facts, Gauges& figures,
                 std::unique_ptr<consensus::ConsensusCore> core)
    : clock(time),
      options(settings),
      journal(facts),
      replicator(std::make_unique<Replicator>(facts, std::move(core))),
      gauges(figures) {}

Runtime::~Runtime() = default;

}  // namespace usher
