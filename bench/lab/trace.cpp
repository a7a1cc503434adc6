#include "bench/lab/trace.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace usher::lab {
namespace {

using nlohmann::json;

// Outside, the first event makes version 0 (actors/market/domain/ids.hpp).
Version outside(Version version) { return version - 1; }

json line_of(const Record& record, std::int64_t origin_ns) {
  static constexpr const char* names[] = {"get", "edit", "reserve", "cancel"};
  json args = json::object(), result = json::object();
  if (record.deed == Deed::edit) args["price"] = record.price;
  if (record.deed == Deed::release) args["order"] = record.order.hex();
  if (!record.rejection) {
    if (record.deed == Deed::reserve) result["order"] = record.order.hex();
    if (record.deed == Deed::edit || record.deed == Deed::read)
      result["version"] = outside(record.version);
    if (record.deed == Deed::read) {
      result["price"] = record.price;
      result["order"] = record.order == OrderId{} ? "" : record.order.hex();
    }
  }
  return {{"start", record.start_ns - origin_ns},
          {"end", record.end_ns - origin_ns},
          {"process", record.client},
          {"ticket", ticket_id(record.ticket).hex()},
          {"op", names[static_cast<std::size_t>(record.deed)]},
          {"args", args},
          // Both rejections that a lab's calls can meet say that an order has the ticket.
          {"outcome", record.rejection ? "reserved" : "ok"},
          {"result", result}};
}

}  // namespace

void write_trace(const Evidence& evidence, std::ostream& out) {
  std::vector<char> was_called(evidence.before.size(), 0);
  std::int64_t first_ns = 0;
  std::uint32_t seller = 0;  // a process that is no client
  for_each_record(evidence, [&](const Record& record) {
    was_called[record.ticket] = 1;
    first_ns = first_ns == 0 ? record.start_ns : std::min(first_ns, record.start_ns);
    seller = std::max(seller, record.client + 1U);
  });
  // The tickets are born in the first two nanoseconds.
  constexpr std::int64_t birth_ns = 2;
  for (std::size_t i = 0; i < was_called.size(); ++i)
    if (was_called[i] != 0)
      out << json{{"start", 0},
                  {"end", 1},
                  {"process", seller},
                  {"ticket", ticket_id(i).hex()},
                  {"op", "create"},
                  {"args", {{"price", evidence.before[i].state.listing.price.minor}}},
                  {"outcome", "ok"},
                  {"result", {{"version", outside(evidence.before[i].version)}}}}
          << '\n';
  for_each_record(evidence, [&](const Record& record) {
    if (!record.is_aborted) out << line_of(record, first_ns - birth_ns) << '\n';
  });
}

}  // namespace usher::lab
