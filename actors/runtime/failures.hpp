// What becomes of an exception that leaves an actor's handler: of a library, of the allocator, or a
// bug. CAF ends such an actor; here it is decided what that means for the others.
//   a job of a worker pool    fails alone (worker_pool.hpp)
//   a callback                is counted and logged (contained)
//   an aggregate              ends, and its shard starts it again from the journal
//   anything else             the node can't go on without it: it stops taking commands and asks to
//                             be restarted, as it does when the journal has failed
#pragma once

#include <caf/error.hpp>
#include <caf/exit_reason.hpp>
#include <caf/scheduled_actor.hpp>
#include <exception>
#include <string>
#include <utility>

#include "actors/runtime/runtime.hpp"

namespace usher {

// The words of an exception; no memory is asked for.
[[nodiscard]] const char* words_of(const std::exception_ptr& error) noexcept;

// Counts and logs it; never throws. Neither `count` nor `log` has to be there.
void note_failure(std::atomic<std::uint64_t>* count,
                  const std::function<void(const std::string&)>& log, const char* who,
                  const std::exception_ptr& error) noexcept;
void note_failure(const Runtime& runtime, const char* who,
                  const std::exception_ptr& error) noexcept;

// `who` has static storage.
template <class Actor>
void needs_a_restart(Actor* self, const Runtime& runtime, const char* who) {
  self->set_exception_handler([&runtime, who](caf::scheduled_actor*, std::exception_ptr& error) {
    note_failure(runtime, who, error);
    runtime.gauges.actor_failed.store(true);
    return caf::error{caf::exit_reason::unhandled_exception};
  });
}

// Calls what may throw and must not.
template <class F>
void contained(const Runtime& runtime, const char* who, F call) noexcept {
  try {
    call();
  } catch (...) {
    note_failure(runtime, who, std::current_exception());
  }
}

}  // namespace usher
