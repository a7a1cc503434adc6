#include "http/requests/sign_in_guard.hpp"

#include <algorithm>
#include <array>

#include "http/front/rate_limit.hpp"

namespace usher::http {
namespace {

constexpr std::size_t doublings_max = 20;

std::string account_name(std::string_view account) { return 'a' + std::string{account}; }
std::string address_name(std::string_view client) { return 'c' + client_key(client); }
std::string pair_name(std::string_view account, std::string_view client) {
  return client_key(client) + ' ' + std::string{account};
}

}  // namespace

template <class Entry>
Entry* SignInGuard::find(Table<Entry>& table, const std::string& name) {
  const auto found = table.by_name.find(name);
  return found == table.by_name.end() ? nullptr : &*found->second;
}

template <class Entry>
Entry& SignInGuard::get(Table<Entry>& table, const std::string& name) {
  if (const auto found = table.by_name.find(name); found != table.by_name.end()) {
    table.entries.splice(table.entries.begin(), table.entries, found->second);
    return table.entries.front();
  }
  if (table.entries.size() >= pauses_.remembered_max) {
    table.by_name.erase(table.entries.back().name);
    table.entries.pop_back();
  }
  table.entries.push_front({});
  table.entries.front().name = name;
  table.by_name[name] = table.entries.begin();
  return table.entries.front();
}

std::optional<int> SignInGuard::refuse(std::string_view account, std::string_view client,
                                       TimeMs now) {
  if (pauses_.failures_free == 0) return std::nullopt;
  const std::lock_guard lock{mutex_};
  if (find(friends_, pair_name(account, client)) != nullptr) return std::nullopt;
  struct Counted {
    std::string name;
    std::size_t free;
  };
  const std::array counted{Counted{account_name(account), pauses_.failures_free},
                           Counted{address_name(client), pauses_.address_failures_free}};
  TimeMs until = 0;
  for (const auto& [name, free] : counted)
    if (const auto* known = find(failures_, name)) until = std::max(until, known->until);
  if (until > now) {
    constexpr DurationMs second = 1'000;
    return static_cast<int>((until - now + second - 1) / second);
  }
  for (const auto& [name, free] : counted) {
    Failures& failures = get(failures_, name);
    if (failures.count > 0 && now - failures.last > pauses_.forgotten_after_ms) failures.count = 0;
    failures.last = now;
    if (++failures.count < free) continue;
    const auto doublings = std::min(failures.count - free, doublings_max);
    failures.until = now + std::min(pauses_.pause_ms_min << doublings, pauses_.pause_ms_max);
  }
  return std::nullopt;
}

void SignInGuard::succeeded(std::string_view account, std::string_view client) {
  if (pauses_.failures_free == 0) return;
  const std::lock_guard lock{mutex_};
  const std::string pair = pair_name(account, client);
  const bool was_counted = find(friends_, pair) == nullptr;
  (void)get(friends_, pair);
  if (!was_counted) return;
  take_back(address_name(client));
  // Those who guess at this account have not become better: theirs stays, but for this one.
  take_back(account_name(account));
}

void SignInGuard::undecided(std::string_view account, std::string_view client) {
  if (pauses_.failures_free == 0) return;
  const std::lock_guard lock{mutex_};
  if (find(friends_, pair_name(account, client)) != nullptr) return;  // was not counted
  take_back(account_name(account));
  take_back(address_name(client));
}

void SignInGuard::take_back(const std::string& name) {
  Failures* failures = find(failures_, name);
  if (failures == nullptr || failures->count == 0) return;
  --failures->count;
  failures->until = 0;
}

std::size_t SignInGuard::remembered() const {
  const std::lock_guard lock{mutex_};
  return failures_.entries.size() + friends_.entries.size();
}

}  // namespace usher::http
