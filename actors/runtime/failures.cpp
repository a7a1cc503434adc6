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

void note_failure(std::atomic<std::uint64_t>* count,
                  const std::function<void(const std::string&)>& log, const char* who,
                  const std::exception_ptr& error) noexcept {
  if (count) count->fetch_add(1, std::memory_order_relaxed);
  if (!log) return;
  try {
    log(std::string{who} + " failed: " + words_of(error));
  } catch (...) {  // counted, at least
  }
}

void note_failure(const Runtime& runtime, const char* who,
                  const std::exception_ptr& error) noexcept {
  note_failure(&runtime.gauges.failures, runtime.log, who, error);
}

}  // namespace usher
