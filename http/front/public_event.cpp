#include "http/front/public_event.hpp"

#include <charconv>

namespace usher::http {
namespace {

constexpr std::size_t mark_digits = 8;
constexpr PublicSeq seq_max = PublicSeq{1} << 53;  // exact in any client

template <class Number>
std::optional<Number> number_of(std::string_view text, int base) {
  Number number = 0;
  const auto* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number, base);
  if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
  return number;
}

}  // namespace

std::optional<FeedCursor> parse_cursor(std::string_view text) {
  const auto dash = text.find('-');
  const auto seq = number_of<PublicSeq>(text.substr(0, dash), 10);
  if (!seq || *seq > seq_max) return std::nullopt;
  if (dash == std::string_view::npos) return FeedCursor{*seq, std::nullopt};
  const auto digits = text.substr(dash + 1);
  const auto mark = number_of<std::uint32_t>(digits, 16);
  if (!mark || digits.size() != mark_digits) return std::nullopt;
  return FeedCursor{*seq, *mark};
}

std::string text_of(const FeedCursor& cursor) {
  std::string text = std::to_string(cursor.seq);
  if (!cursor.mark) return text;
  text += '-';
  text += to_hex(*cursor.mark);
  return text;
}

bool may_see(const StreamFilter& filter, const PublicEvent& event) {
  return filter.all || !event.audience || event.audience == filter.user;
}

void write_event(JsonWriter& json, const PublicEvent& event) {
  json.begin_object().field("seq", event.seq).field("subject", event.subject);
  json.key("data").raw(event.data);
  json.end_object();
}

}  // namespace usher::http
