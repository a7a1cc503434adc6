// Requests that another site makes a browser send. A cookie goes along with a form of any site
// (SameSite=lax spares most, not all, and not behind `off`), so whatever changes something must say
// nothing about where it is from, as programs do, or come from our own pages.
#pragma once

#include <string>
#include <vector>

#include "http/front/message.hpp"

namespace usher::http {

struct OriginRules {
  bool is_checked = true;
  std::vector<std::string> further;  // "https://shop.example": pages that may, too
};

// Of a request that changes something: does it come from a page of somebody else's?
[[nodiscard]] bool is_foreign(const OriginRules& rules, const Request& request);

}  // namespace usher::http
