#include "http/front/public_event.hpp"

#include "http/front/json.hpp"

namespace usher::http {

bool may_see(const StreamFilter& filter, const PublicEvent& event) {
  return filter.all || !event.audience || event.audience == filter.user;
}

void append_event(std::string& out, const PublicEvent& event) {
  out += "{\"seq\":" + std::to_string(event.seq) + ",\"subject\":";
  append_json(out, event.subject);
  out += ",\"data\":";
  out += event.data;
  out += '}';
}

}  // namespace usher::http
