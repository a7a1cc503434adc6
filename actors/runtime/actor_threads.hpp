// CAF's actor system with our settings; keeps its headers away from those that only start it.
#pragma once

#include <cstddef>
#include <memory>

namespace caf {
class actor_system;
}

namespace usher {

class ActorThreads {
 public:
  explicit ActorThreads(std::size_t scheduler_threads);
  ~ActorThreads();
  ActorThreads(const ActorThreads&) = delete;
  ActorThreads& operator=(const ActorThreads&) = delete;
  [[nodiscard]] caf::actor_system& system();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace usher
