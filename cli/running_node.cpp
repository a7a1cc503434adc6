// What operators ask of a running node, over HTTP with their token: a backup, payments without an
// outcome.
#include <httplib.h>

#include <chrono>
#include <cstdio>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/commands.hpp"
#include "cli/output.hpp"

namespace usher::cli {
namespace {

using Json = nlohmann::json;

constexpr std::chrono::seconds patience{30};
constexpr std::chrono::hours backup_patience{1};

int ask(const std::string& node,
        const std::function<int(httplib::Client&, const httplib::Headers&)>& question) {
  const auto token = secrets_from_environment().operator_token;
  if (!token) return fail("set USHER_OPERATOR_TOKEN to ask a running node");
  httplib::Client client{node};
  if (!client.is_valid()) return fail(node + " is no address of a node");
  client.set_connection_timeout(patience);
  client.set_read_timeout(patience);
  return question(client, {{"Authorization", "Bearer " + *token}});
}

// Empty, or why the answer is not the one that is wanted.
std::string complaint(const httplib::Result& answer, const std::string& node, int wanted = 200) {
  if (!answer) return "no answer from " + node + ": " + httplib::to_string(answer.error());
  if (answer->status == wanted) return {};
  return "the node at " + node + " answered " + std::to_string(answer->status) + ": " +
         answer->body;
}

// The path of the next page; nullopt: this was the last.
std::optional<std::string> next_page(const httplib::Response& answer) {
  const auto link = answer.get_header_value("Link");
  const auto begin = link.find('<'), end = link.find('>');
  if (begin == std::string::npos || end == std::string::npos || end < begin) return std::nullopt;
  return link.substr(begin + 1, end - begin - 1);
}

}  // namespace

int backup_node(const std::string& address) {
  return ask(address, [&](httplib::Client& client, const httplib::Headers& headers) {
    client.set_read_timeout(backup_patience);
    const auto answer = client.Post("/api/admin/backup", headers, "{}", "application/json");
    if (const auto why = complaint(answer, address, 201); !why.empty()) return fail(why);
    return print_only(answer->body + "\n");
  });
}

int list_unsettled(const std::string& node) {
  return ask(node, [&](httplib::Client& client, const httplib::Headers& headers) {
    Output out;
    for (std::optional<std::string> page = "/api/admin/payments/unsettled?limit=100"; page;) {
      const auto answer = client.Get(page->c_str(), headers);
      if (const auto why = complaint(answer, node); !why.empty()) return fail(why);
      const auto rows = Json::parse(answer->body, nullptr, /*allow_exceptions=*/false);
      if (!rows.is_array()) return fail(node + " answered what is no list");
      for (const auto& row : rows)
        out.print(row.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
      if (out.failed()) break;
      page = next_page(*answer);
    }
    return out.finish(0);
  });
}

int settle(const Settlement& settlement) {
  Json body{
      {"orderId", settlement.order}, {"verdict", settlement.verdict}, {"note", settlement.note}};
  if (!settlement.charge.empty()) body["charge"] = settlement.charge;
  const auto text = body.dump(-1, ' ', false, Json::error_handler_t::replace);
  return ask(settlement.node, [&](httplib::Client& client, const httplib::Headers& headers) {
    const auto answer = client.Post("/api/admin/payments/" + settlement.payment + "/settle",
                                    headers, text, "application/json");
    if (const auto why = complaint(answer, settlement.node); !why.empty()) return fail(why);
    return print_only(answer->body + "\n");
  });
}

}  // namespace usher::cli
