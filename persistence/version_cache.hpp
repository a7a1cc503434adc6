// The versions of the streams that were written last, so that an append reads nothing from disk.
#pragma once

#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

namespace usher {

// Forgets the least recently used, but only in trim(): until then the pointers that it gave out
// stay good, also when more entries than `entries_max` are added.
class VersionCache {
 public:
  explicit VersionCache(std::size_t entries_max) : entries_max_(entries_max) {}

  // Null when it isn't known. 0: known not to exist.
  std::uint64_t* find(std::string_view key) {
    const auto found = places_.find(key);
    if (found == places_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, found->second);
    return &found->second->version;
  }
  // `key` must not be known yet.
  std::uint64_t* add(std::string_view key, std::uint64_t version) {
    entries_.push_front({std::string{key}, version});
    places_.emplace(entries_.front().key, entries_.begin());
    return &entries_.front().version;
  }
  void trim() {
    for (; entries_.size() > entries_max_; entries_.pop_back()) places_.erase(entries_.back().key);
  }
  void clear() {
    places_.clear();
    entries_.clear();
  }
  [[nodiscard]] std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::string key;
    std::uint64_t version;
  };
  std::size_t entries_max_;
  std::list<Entry> entries_;  // most recently used first; owns the keys of places_
  std::unordered_map<std::string_view, std::list<Entry>::iterator> places_;
};

}  // namespace usher
