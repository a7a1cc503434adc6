#include "actors/runtime/failures.hpp"

namespace usher {

const char* words_of(const std::exception_ptr& error) noexcept {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& known) {
    return known.what();  // the exception lives as long as `error`
  } catch (...) {
    return "something that is no std::exception";
  }
}

void note_failure(const Runtime& runtime, const char* who,
                  const std::exception_ptr& error) noexcept {
  runtime.gauges.failures.fetch_add(1, std::memory_order_relaxed);
  if (!runtime.log) return;
  try {
    runtime.log(std::string{who} + " failed: " + words_of(error));
  } catch (...) {  // counted, at least
  }
}

}  // namespace usher
