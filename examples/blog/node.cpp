#include "examples/blog/node.hpp"

#include <utility>

namespace usher {

BlogNode::BlogNode(caf::actor_system& system, const Clock& clock, Journal& journal,
                   const RuntimeOptions& options, bool moderates, std::uint64_t id_seed,
                   std::function<void(std::vector<FeedRecord>)> on_committed)
    : node_(system,
            {.clock = clock,
             .journal = journal,
             .options = options,
             .reminder_rules = Blog::reminder_rules(),
             .gauges = gauges_,
             .on_committed = std::move(on_committed)},
            spawn_shard_actor<Blog>),
      moderator_(spawn_moderator(system, node_.runtime(), moderation_)),
      door_(node_.runtime(), id_seed) {
  moderation_.is_on.store(moderates);
  node_.outside(moderator_);
}

}  // namespace usher
