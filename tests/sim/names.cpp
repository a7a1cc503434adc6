#include "tests/sim/names.hpp"

#include <cxxabi.h>

#include <algorithm>
#include <caf/mailbox_element.hpp>
#include <caf/scheduled_actor.hpp>
#include <cstdlib>
#include <string_view>
#include <typeindex>
#include <unordered_map>

namespace usher::sim {
namespace {

void remove_all(std::string& text, std::string_view what) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what))
    text.erase(at, what.size());
}

// Of the message's first element.
const std::type_info* type_of(const caf::type_erased_tuple& content) {
  if (content.size() == 0) return nullptr;
  return content.type(0).second;
}

}  // namespace

std::string short_name(const std::type_info& type) {
  static std::unordered_map<std::type_index, std::string> names;
  auto& name = names[type];
  if (!name.empty()) return name;
  int status = 0;
  char* text = abi::__cxa_demangle(type.name(), nullptr, nullptr, &status);
  name = status == 0 ? text : type.name();
  std::free(text);
  for (const auto* what :
       {"(anonymous namespace)::", "usher::", "caf::", ", event_based_actor", "stateful_actor<"})
    remove_all(name, what);
  while (!name.empty() && (name.back() == '>' || name.back() == ' ') &&
         std::count(name.begin(), name.end(), '>') > std::count(name.begin(), name.end(), '<'))
    name.pop_back();
  return name;
}

std::uint64_t kind_of(const caf::mailbox_element& message) {
  static std::unordered_map<const std::type_info*, std::uint64_t> kinds;
  const auto* type = type_of(message.content());
  const auto number =
      type ? std::uint64_t{0}
           : std::uint64_t{message.content().size() == 0 ? 1u : message.content().type(0).first};
  if (!type) return number;
  auto& kind = kinds[type];
  if (kind == 0) {
    kind = 0xcbf29ce484222325ULL;
    for (const char* c = type->name(); *c; ++c)
      kind = (kind ^ static_cast<unsigned char>(*c)) * 0x100000001b3ULL;
  }
  return kind;
}

std::string name_of(const caf::mailbox_element& message) {
  const auto& content = message.content();
  const auto* type = type_of(content);
  if (type) return short_name(*type);
  return content.size() == 0 ? "()" : caf::to_string(message);
}

std::string name_of(const caf::scheduled_actor& actor) { return short_name(typeid(actor)); }

}  // namespace usher::sim
