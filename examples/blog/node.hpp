// All actors of one blog over one journal, and the door in front of them.
#pragma once

#include <caf/send.hpp>
#include <functional>
#include <vector>

#include "actors/runtime/door.hpp"
#include "actors/runtime/runtime_node.hpp"
#include "examples/blog/blog.hpp"
#include "examples/blog/moderator.hpp"

namespace usher {

class BlogNode {
 public:
  // Nothing is set going before start(). `system`, `clock` and `journal` must outlive the node.
  BlogNode(caf::actor_system& system, const Clock& clock, Journal& journal,
           const RuntimeOptions& options, bool moderates, std::uint64_t id_seed,
           std::function<void(std::vector<FeedRecord>)> on_committed);

  void start() { node_.start(); }
  [[nodiscard]] Door& door() { return door_; }
  [[nodiscard]] Gauges& gauges() { return gauges_; }

  [[nodiscard]] bool moderates() const { return moderation_.is_on.load(); }
  void moderate(bool on) {
    moderation_.is_on.store(on);
    if (on) caf::anon_send(moderator_, SwitchedOn{});
  }

  // Lets what is in flight finish; false: not everything had, when the time was over.
  bool stop(DurationMs limit_ms) {
    door_.close();
    return node_.stop(limit_ms, {moderator_});
  }

 private:
  Gauges gauges_;
  Moderation moderation_;
  RuntimeNode node_;
  caf::actor moderator_;
  Door door_;
};

}  // namespace usher
