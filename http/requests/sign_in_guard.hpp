// Growing pauses for whoever guesses passwords: for the account that is guessed at, from wherever,
// and for the address that guesses, at whatever account. An address that has signed in to the
// account before is never paused there: a stranger can't lock anybody out of where he usually is.
// In memory, of bounded size; a restart forgets.
#pragma once

#include <cstddef>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/ids.hpp"

namespace usher::http {

struct SignInPauses {
  std::size_t failures_free = 0;          // of an account, without a pause; 0: never a pause
  std::size_t address_failures_free = 0;  // likewise of an address: many may share one
  DurationMs pause_ms_min = 1'000;        // behind those; doubles with each further failure
  DurationMs pause_ms_max = 15 * 60'000;
  DurationMs forgotten_after_ms = 60 * 60'000;  // without a further failure
  std::size_t remembered_max = 65'536;          // accounts and addresses that fail; and friends
};

// Times are those of a steady clock: nobody waits an hour because the clock was set back.
class SignInGuard {
 public:
  explicit SignInGuard(const SignInPauses& pauses) : pauses_(pauses) {}

  // nullopt: go on, and tell below what came of it. Until then it counts as a failure: guesses that
  // are made at the same time count as many. Otherwise the seconds after which to try again.
  [[nodiscard]] std::optional<int> refuse(std::string_view account, std::string_view client,
                                          TimeMs now);
  void succeeded(std::string_view account, std::string_view client);
  void undecided(std::string_view account, std::string_view client);  // could not be checked

  [[nodiscard]] std::size_t remembered() const;

 private:
  struct Failures {
    std::string name;
    std::size_t count = 0;
    TimeMs last = 0;
    TimeMs until = 0;
  };
  // Those used last are first; past the limit the last one is forgotten.
  template <class Entry>
  struct Table {
    std::list<Entry> entries;
    std::unordered_map<std::string, typename std::list<Entry>::iterator> by_name;
  };
  struct Friend {
    std::string name;
  };

  template <class Entry>
  Entry* find(Table<Entry>& table, const std::string& name);
  template <class Entry>
  Entry& get(Table<Entry>& table, const std::string& name);
  void take_back(const std::string& name);

  const SignInPauses pauses_;
  mutable std::mutex mutex_;
  Table<Failures> failures_;
  Table<Friend> friends_;
};

}  // namespace usher::http
