// Is there one order of the operations, in keeping with their times, in which a plain ticket would
// have given these answers? A search in the manner of Wing & Gong with the memory of Lowe's and
// Porcupine: (state, set of done operations) is never visited twice. docs/history_format.md says
// how histories look as JSON lines.
#pragma once

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace usher::integration {

enum class Call { create, edit, reserve, cancel, get };
// `unknown`: no answer or a 503; it may take effect at any later time, or never.
enum class Outcome { done, refused_stale, refused_reserved, unknown };

struct Operation {
  std::int64_t invoked_ns = 0;
  std::int64_t answered_ns = 0;
  int process = 0;
  std::string ticket;
  Call call = Call::get;
  Outcome outcome = Outcome::unknown;

  int price = 0;                  // create, edit: written; get: read
  std::optional<int> if_version;  // edit
  int version = -1;               // create, edit, get: as answered
  std::string order;              // reserve: as answered; cancel: which; get: "" when for sale

  [[nodiscard]] std::int64_t end_ns() const {
    return outcome == Outcome::unknown ? std::numeric_limits<std::int64_t>::max() : answered_ns;
  }
};

[[nodiscard]] nlohmann::json to_json_line(const Operation& operation);
[[nodiscard]] Operation from_json_line(const nlohmann::json& line);

enum class Verdict { linearizable, not_linearizable, gave_up };
// The history of one ticket. `states_max`: bound of the search.
[[nodiscard]] Verdict check_ticket(std::vector<Operation> history,
                                   std::size_t states_max = 5'000'000);

// Every ticket of a history by itself: tickets share nothing. The first bad one is named.
struct HistoryVerdict {
  Verdict verdict = Verdict::linearizable;
  std::string ticket;
};
[[nodiscard]] HistoryVerdict check_history(const std::vector<Operation>& history);

}  // namespace usher::integration
