#include "actors/runtime/actor_threads.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

#include "actors/runtime/actor_scheduler.hpp"

namespace usher {

struct ActorThreads::Impl {
  struct Config : caf::actor_system_config {
    explicit Config(std::size_t threads) {
      set("scheduler.max-threads", threads);
      load<ActorScheduler>();
    }
  };
  explicit Impl(std::size_t threads) : config(threads), system(config) {}
  Config config;
  caf::actor_system system;
};

ActorThreads::ActorThreads(std::size_t scheduler_threads)
    : impl_(std::make_unique<Impl>(scheduler_threads)) {}
ActorThreads::~ActorThreads() = default;
caf::actor_system& ActorThreads::system() { return impl_->system; }

}  // namespace usher
