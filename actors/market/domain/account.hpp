// One account, named by its normalised e-mail: that is what makes an e-mail unique (two sign-ups
// are two commands to one aggregate).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "actors/market/domain/ids.hpp"
#include "actors/market/domain/rejection.hpp"
#include "actors/runtime/model/decision.hpp"
#include "actors/runtime/model/reminder.hpp"

namespace usher {

// A normalised e-mail address: http/validation checks and normalises. Equal text, equal account.
struct Email {
  std::string text;
  auto operator<=>(const Email&) const = default;
};

struct Account {
  using Key = Email;

  struct SignUp {
    UserId user;
    std::string email;          // as it was typed (blanks trimmed), for display
    std::string password_hash;  // self-describing: algorithm, parameters, salt, hash
  };
  // Ends every session that was given out so far, on all devices. Two clients may ask with sessions
  // of one version: the second one must not end what has been begun since.
  struct SignOut {
    UserId user;
    std::uint64_t session_version = 0;  // of the session that asks
  };
  using Command = std::variant<SignUp, SignOut>;

  struct SignedUp {
    UserId user;
    std::string email;
    std::string password_hash;
    TimeMs at;
    bool operator==(const SignedUp&) const = default;
  };
  struct SignedOut {
    UserId user;
    std::uint64_t session_version = 0;  // from now on: older sessions have ended
    TimeMs at = 0;
    bool operator==(const SignedOut&) const = default;
  };
  using Event = std::variant<SignedUp, SignedOut>;

  struct State {
    UserId user;
    std::string email;
    std::string password_hash;
    TimeMs created_at = 0;
    std::uint64_t session_version = 0;  // sessions carry it, and end when it grows
    bool operator==(const State&) const = default;
  };

  using Effect = std::monostate;
  using Decision = Decided<Event, Effect>;

  // A second sign-up: email_in_use. Whoever is somebody else's session: not_found.
  static Decision decide(const State* state, const Command& command, TimeMs now);
  static State evolve(const State* state, const Event& event);
  static std::vector<Reminder> reminders(const State&) { return {}; }
};

}  // namespace usher

template <>
struct std::hash<usher::Email> {
  std::size_t operator()(const usher::Email& email) const noexcept {
    return std::hash<std::string>{}(email.text);
  }
};
