// What stands in URLs and headers: ids, paging parameters, entity tags. Each reader refuses or
// stays within its limits, and what is written can be read back.
#include <cstdint>
#include <cstdlib>

#include "http/front/ascii.hpp"
#include "http/front/public_event.hpp"
#include "http/front/text.hpp"
#include "http/routes/listing.hpp"
#include "http/views/conditional.hpp"

namespace {

using namespace usher;
using namespace usher::http;

void demand(bool promise) {
  if (!promise) std::abort();
}

void check_id(std::string_view text) {
  const auto id = TicketId::parse(text);
  if (!id) return;
  demand(text.size() == 24);
  demand(TicketId::parse(id->hex()) == id);
}

void check_paging(const std::string& text) {
  const PageLimits limits;
  Request request;
  for (const char* name : {"limit", "after", "q", "sort"}) {
    request.query = {{name, text}};
    const auto search = read_search(request, limits, scope_of(request, "/p"));
    if (search) {
      demand(search->page.limit >= 1 && search->page.limit <= limits.unpaged_rows_max);
      demand(count_code_points(search->text) <= limits.search_length_max);
      demand(search->page.after.value_or("").size() <= limits.cursor_bytes_max);
    }
    const auto history = read_history_page(request, limits);
    if (history) demand(history->limit >= 1 && history->limit <= limits.rows_max);
  }
  // A link is one line, and its value comes back.
  const auto link = next_link("/p", {{"q", text}});
  for (const char c : link) demand(is_visible(c) || c == ' ');
  demand(percent_decoded(percent_encoded(text), true) == text);
}

void check_conditions(const std::string& text) {
  Request request;
  request.headers.add("If-Match", text);
  request.headers.add("If-None-Match", text);
  if (const auto conditions = conditions_of(request)) {
    demand(!conditions->if_match || !conditions->if_match->empty());
    for (const Version version : conditions->if_match.value_or(std::vector<Version>{}))
      if (version > 0) demand(text.find(std::to_string(version - 1).back()) != std::string::npos);
  }
  if (const auto cursor = parse_cursor(text)) demand(parse_cursor(text_of(*cursor)) == cursor);
  static_cast<void>(names_etag(text, "\"a\""));
  demand(names_etag(text + ",\"a\"", "\"a\"") || text.find('"') != std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text{reinterpret_cast<const char*>(data), size};
  check_id(text);
  check_paging(text);
  check_conditions(text);
  static_cast<void>(client_key(text));
  return 0;
}
