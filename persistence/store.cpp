#include "persistence/store.hpp"

namespace usher {

std::string_view name_of(Family family) {
  switch (family) {
    case Family::journal:
      return "journal";
    case Family::streams:
      return "streams";
    case Family::snapshots:
      return "snapshots";
    case Family::reminders:
      return "reminders";
    case Family::views:
      return "views";
    case Family::meta:
      return "meta";
    case Family::feed:
      return "feed";
  }
  return "unknown family";
}

std::string_view name_of(StorageError error) {
  switch (error) {
    case StorageError::wrong_version:
      return "wrong version";
    case StorageError::stale_epoch:
      return "stale epoch";
    case StorageError::unavailable:
      return "unavailable";
    case StorageError::corrupt:
      return "corrupt";
    case StorageError::too_large:
      return "too large";
    case StorageError::not_in_memory:
      return "not in memory";
  }
  return "unknown storage error";
}

}  // namespace usher
