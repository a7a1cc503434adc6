#include "actors/runtime/answers.hpp"

namespace usher {

std::string_view name_of(Failure failure) {
  switch (failure) {
    case Failure::timed_out:
      return "timed_out";
    case Failure::overloaded:
      return "overloaded";
    case Failure::unknown:
      return "unknown";
    case Failure::unavailable:
      return "unavailable";
  }
  return "unavailable";
}

}  // namespace usher
