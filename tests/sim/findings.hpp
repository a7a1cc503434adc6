// What was found broken: by which check, and the facts. The first finding ends a run.
#pragma once

#include <string>
#include <utility>

namespace usher::sim {

struct Finding {
  std::string check;  // the promise, "P1" to "P8", or "reads"; see docs/testing.md
  std::string what;
};

class Findings {
 public:
  void report(std::string check, std::string what) {
    if (!any()) first_ = {std::move(check), std::move(what)};
  }
  [[nodiscard]] bool any() const { return !first_.check.empty(); }
  [[nodiscard]] const Finding& first() const { return first_; }

 private:
  Finding first_;
};

}  // namespace usher::sim
