#include "actors/runtime/mutations.hpp"

#include <algorithm>

namespace usher {
namespace {

void forget(Derived& derived, ReminderName name, bool set) {
  std::erase_if(derived.reminders, [&](const ReminderChange& change) {
    return change.set == set && change.key.name == static_cast<std::uint8_t>(name);
  });
}

}  // namespace

void mutate(const RuntimeOptions& options, Derived& derived) {
  switch (static_cast<Mutation>(options.mutation)) {
    case Mutation::forget_tell_ticket:
      return forget(derived, ReminderName::tell_ticket, true);
    case Mutation::forget_settled_reminder:
      return forget(derived, ReminderName::tell_ticket, false);
    case Mutation::forget_settle:
      return forget(derived, ReminderName::settle, true);
    case Mutation::forget_expire:
      return forget(derived, ReminderName::expire, true);
    case Mutation::lose_rows:
      if (!derived.rows.empty()) derived.rows.pop_back();
      return;
    case Mutation::skip_birth:
      return derived.births.clear();
    default:
      return;
  }
}

}  // namespace usher
