#include "config/settings.hpp"

#include <string>
#include <utility>

#include "config/formats.hpp"
#include "config/units.hpp"

namespace usher {
namespace {

constexpr std::int64_t second = 1'000;
constexpr std::int64_t minute = 60 * second;
constexpr std::int64_t hour = 60 * minute;
constexpr std::int64_t day = 24 * hour;
constexpr std::int64_t kib = 1'024;
constexpr std::int64_t mib = 1'024 * kib;
constexpr std::int64_t gib = 1'024 * mib;

// A duration's field ends its name with its unit; its key does not (the value names the unit).
std::string key_name(std::string field) {
  if (const auto at = field.find("_ms"); at != std::string::npos) field.erase(at, 3);
  return field;
}

struct Named {
  std::string section;
  std::string name;
  Field field;
};

// The only macro: a field and its key can't drift apart.
#define SETTING(section, field)                                                      \
  Named {                                                                            \
#section, key_name(#field), +[](Config & c) -> auto& { return c.section.field; } \
  }

Setting row(Named n, Unit unit, std::int64_t min, std::int64_t max, std::string_view why) {
  Setting s;
  s.section = std::move(n.section);
  s.name = std::move(n.name);
  s.field = n.field;
  s.unit = unit;
  s.min = min;
  s.max = max;
  s.why = why;
  return s;
}

Setting flag(Named n, std::string_view why) { return row(std::move(n), Unit::flag, 0, 1, why); }
Setting count(Named n, std::int64_t min, std::int64_t max, std::string_view why) {
  return row(std::move(n), Unit::count, min, max, why);
}
Setting bytes(Named n, std::int64_t min, std::int64_t max, std::string_view why) {
  return row(std::move(n), Unit::bytes, min, max, why);
}
Setting duration(Named n, std::int64_t min, std::int64_t max, std::string_view why) {
  return row(std::move(n), Unit::duration, min, max, why);
}
Setting choice(Named n, std::vector<std::string_view> choices, std::string_view why) {
  Setting s = row(std::move(n), Unit::text, 0, 0, why);
  s.choices = std::move(choices);
  return s;
}
Setting text(Named n, bool (*is_valid)(std::string_view), std::string_view form,
             std::string_view why) {
  Setting s = row(std::move(n), Unit::text, 0, 0, why);
  s.is_valid = is_valid;
  s.form = form;
  return s;
}
Setting list(Named n, bool (*is_valid)(std::string_view), std::string_view form,
             std::string_view why) {
  Setting s = text(std::move(n), is_valid, form, why);
  s.unit = Unit::list;
  return s;
}

std::vector<Setting> all_settings() {
  return {
      text(SETTING(server, listen), is_host_port, "HOST:PORT, such as 127.0.0.1:3000 or [::1]:3000",
           "Where to listen. Port 0 takes any free one and prints it."),
      count(SETTING(server, io_threads), 0, 256,
            "Threads that own the sockets; 0: one per core. No request ever blocks one."),
      list(SETTING(server, trusted_proxies), is_address_or_network,
           "addresses or networks, such as \"10.0.0.0/8\"",
           "Only these may say with X-Forwarded-For and -Proto who is really asking."),
      duration(SETTING(server, shutdown_time_ms), 0, 10 * minute,
               "After SIGTERM, how long requests in flight have to finish."),

      text(SETTING(tls, cert), is_one_line, "the path of a PEM file, or empty",
           "Certificate chain; empty: plain HTTP. SIGHUP reads it again."),
      text(SETTING(tls, key), is_one_line, "the path of a PEM file, or empty",
           "Private key of the certificate."),

      count(SETTING(limits, connections_max), 1, 1'000'000,
            "Open connections, event streams included. Fewer where the process may not open so "
            "many files: a start says so. Further ones are closed."),
      count(SETTING(limits, connections_per_client_max), 1, 1'000'000,
            "Open connections of one address, so that one client leaves room for others."),
      count(SETTING(limits, requests_in_flight_max), 1, 1'000'000,
            "Requests being answered. Past it: 503 with Retry-After at once."),
      count(SETTING(limits, requests_in_flight_per_client_max), 1, 1'000'000,
            "The same for one address. Past it: 429 with Retry-After."),
      count(SETTING(limits, streams_max), 0, 1'000'000,
            "Open event streams. Past it: 503 with Retry-After."),
      bytes(SETTING(limits, stream_buffer_bytes_max), 4 * kib, 64 * mib,
            "Unsent bytes of one stream; a slower reader is closed and resumes where it was."),
      duration(SETTING(limits, head_time_ms_max), 100, 10 * minute,
               "From a request's first byte to the end of its head (slow senders). Then: 408."),
      duration(SETTING(limits, body_time_ms_max), 100, hour,
               "From the end of the head to the end of the body. Then: 408."),
      duration(SETTING(limits, idle_time_ms_max), 100, day,
               "Between two requests on one connection; then it is closed."),
      duration(SETTING(limits, write_stall_time_ms_max), 100, hour,
               "Without the client taking a byte of its answer; then the connection is closed."),
      duration(SETTING(limits, handshake_time_ms_max), 100, 10 * minute,
               "For a TLS handshake; then the connection is closed."),
      count(SETTING(limits, handshakes_max), 1, 100'000,
            "TLS handshakes at the same time: they are the dearest thing a stranger can ask for. "
            "Further ones wait."),
      duration(SETTING(limits, handshake_wait_time_ms_max), 100, 10 * minute,
               "Longest such wait; then the connection is closed."),
      bytes(SETTING(limits, request_line_bytes_max), 256, 64 * kib,
            "Method, path and query. Past it: 414."),
      bytes(SETTING(limits, head_bytes_max), kib, mib,
            "Request line and headers together. Past it: 431."),
      count(SETTING(limits, headers_max), 8, 10'000, "Headers of one request. Past it: 431."),
      bytes(SETTING(limits, body_bytes_max), kib, 64 * mib, "Body of one request. Past it: 413."),
      count(SETTING(limits, json_depth_max), 2, 1'000,
            "Arrays and objects inside each other. Past it: 400."),

      flag(SETTING(api, strict),
           "Errors have a `code`, an unknown method is 405, and a body that is not JSON, or is "
           "compressed, is 415. Off, for clients of the course's services: no code, 404, and such "
           "a body counts as {}."),

      text(SETTING(auth, cookie_name), is_cookie_name, "1 to 64 visible characters except =;,\"",
           "The session cookie. Existing web clients expect this name."),
      flag(SETTING(auth, cookie_secure), "Send the cookie over HTTPS only."),
      choice(SETTING(auth, cookie_samesite), {"lax", "strict", "off"},
             "Keeps other sites from using the session; off leaves the attribute out."),
      row(SETTING(auth, token_ttl_ms), Unit::duration_or_none, minute, 3'650 * day,
          "How long a sign-in lasts; none: for ever."),
      row(SETTING(auth, sign_out_delay_ms_max), Unit::duration_or_none, 100, 5'000,
          "How late any node may notice that an account has signed out, which ends its tokens; "
          "none: accounts are not looked up, and tokens hold until they end."),
      flag(SETTING(auth, check_origin),
           "Refuse what a page of another site would change: 403. Programs send no Origin."),
      list(SETTING(auth, origins), is_base_url, "origins, such as \"https://shop.example\"",
           "Other sites whose pages may act for whoever is signed in here."),

      count(SETTING(accounts, password_length_min), 1, 128, "Shortest password, in characters."),
      count(SETTING(accounts, password_length_max), 1, 1'024, "Longest password, in characters."),
      count(SETTING(accounts, scrypt_n), 1'024, 1'048'576,
            "Cost of a password hash, a power of two. Takes 128 * n * r bytes while it is made."),
      count(SETTING(accounts, scrypt_r), 1, 32, "Block size of a password hash."),
      count(SETTING(accounts, scrypt_p), 1, 16, "Parallelism of a password hash."),
      count(SETTING(accounts, password_workers), 1, 256,
            "Threads that hash passwords. Fewer than cores, so that sign-ins stall nobody else."),
      count(SETTING(accounts, password_queue_max), 1, 100'000,
            "Sign-ins and sign-ups that wait for one. Past it: 503 with Retry-After."),
      duration(SETTING(accounts, password_wait_ms_max), 100, 10 * minute,
               "Longest such wait, by how long the last ones took. A burst is a queue; past it 503 "
               "at once, with a Retry-After by which the queue is done."),

      count(SETTING(tickets, title_length_max), 1, 10'000, "Characters of a title. Past it: 400."),
      choice(SETTING(tickets, titles), {"readable", "any"},
             "readable: a title has something visible, no control characters and none that reorder "
             "the text around them; any: everything that is not empty."),
      count(SETTING(tickets, price_minor_max), 1, 9'007'199'254'740'991,
            "Highest price, in the currency's smallest unit (cents): a JSON number carries it "
            "exactly."),

      duration(SETTING(orders, lifetime_ms), 100, 30 * day,
               "How long a reserved ticket waits to be paid."),

      count(SETTING(orders, live_per_buyer_max), 0, 1'000'000,
            "Reservations that one buyer may hold at once. Past it: 400. 0: no such limit."),

      choice(SETTING(payments, gateway), {"sandbox", "stripe"},
             "sandbox takes the well-known test tokens and no money; stripe needs STRIPE_KEY."),
      text(SETTING(payments, currency), is_currency,
           "the lower-case ISO 4217 code of a currency with 0, 2 or 3 decimals, such as usd",
           "Of every price. Fixed when a data directory is created; another one is refused."),
      text(SETTING(payments, stripe_base_url), is_base_url,
           "http:// or https://, a host and an optional port, without a path",
           "Where the charges API is. A test server can stand in."),
      text(SETTING(payments, stripe_publishable_key), is_publishable_key,
           "empty, or pk_ and up to 252 letters, digits and _",
           "Lets the page show Stripe's card form; empty: cards are taken by the API only."),
      duration(SETTING(payments, stripe_timeout_ms), 100, 5 * minute,
               "For one call of the gateway; then its outcome is unknown and is asked again."),
      count(SETTING(payments, workers), 1, 256, "Threads that talk to the gateway."),
      count(SETTING(payments, queue_max), 1, 1'000'000,
            "Charges that wait for one. Past it they are tried again later."),
      duration(SETTING(payments, settle_retry_ms_min), 10, hour,
               "Until an unknown outcome is asked for again, the first time; doubles each time."),
      duration(SETTING(payments, settle_retry_ms_max), 10, day, "Longest such wait."),
      duration(SETTING(payments, wait_ms), 100, 10 * minute,
               "How long POST /api/payments waits for the outcome. Then: 503, the order goes on."),
      duration(SETTING(payments, look_up_after_ms), 0, day,
               "A payment without an outcome for so long is looked up at the gateway before it is "
               "asked for again."),
      duration(SETTING(payments, look_up_lag_ms), 10, 7 * day,
               "How long a charge may be missing from what the gateway finds. So long after the "
               "last attempt, nothing found is nothing charged."),
      duration(
          SETTING(payments, gateway_key_life_ms), 10, 365 * day,
          "How long the gateway remembers an idempotency key, and a margin for clocks. After "
          "it nothing is asked for again under that key: it is looked up, or settled by hand."),
      choice(SETTING(payments, amounts), {"checked", "any"},
             "checked: a price that the gateway could not charge is refused when it is offered; "
             "any: the gateway says so, when it is paid."),
      count(
          SETTING(payments, amount_minor_min), 0, 9'007'199'254'740'991,
          "Lowest price that is taken where amounts are checked, in the currency's smallest unit; "
          "0: what the gateway documents for its currency."),

      count(SETTING(journal, shard_count), 1, 4'096,
            "Fixed when a data directory is created; another one is refused."),
      count(SETTING(journal, group_commit_appends_max), 1, 65'536,
            "Appends that share one batch and one fsync."),
      bytes(SETTING(journal, block_cache_bytes), 0, 1'024 * gib,
            "Memory for what is read from disk. 0: by the memory that there is, a container's "
            "limit included: a sixteenth, at most 256MiB."),
      bytes(SETTING(journal, write_buffer_bytes), mib, 16 * gib,
            "Memory for what is not yet sorted to disk, per column family."),
      bytes(SETTING(journal, write_buffers_bytes), 0, 1'024 * gib,
            "The same for all families together. 0: a sixteenth of the memory, at most 256MiB."),
      bytes(SETTING(journal, wal_bytes_max), 0, 1'024 * gib,
            "Size of the write-ahead log that forces a flush: bounds a start after a crash. 0: a "
            "sixteenth of the memory, at most 128MiB."),
      duration(SETTING(journal, acked_sync_ms), 10, minute,
               "How often the bound of what was acknowledged is written beside the log."),

      count(SETTING(actors, scheduler_threads), 0, 1'024,
            "Threads that run actors; 0: one for every two cores, as the front has the others."),
      count(SETTING(actors, active_aggregates_max), 0, 100'000'000,
            "Aggregates in memory, all shards together. About 2 KiB each. Past it the longest idle "
            "ones go. 0: what fits into an eighth of the memory, at most 400000."),
      duration(SETTING(actors, passivate_idle_ms), 10, day,
               "An aggregate that nobody asks for this long leaves memory."),
      count(
          SETTING(actors, asks_in_flight_max), 1, 10'000'000,
          "Commands, reads, lists and passwords together that wait for their answers. Past it: 503 "
          "with Retry-After."),
      count(SETTING(actors, mailbox_max), 1, 1'000'000,
            "Commands that wait for one aggregate. Past it: 503 with Retry-After."),
      duration(SETTING(actors, ask_deadline_ms), 10, 5 * minute,
               "A command not looked at by then is dropped, never executed late: 503."),
      duration(SETTING(actors, reminder_window_ms), 100, hour,
               "Reminders due this soon are kept in memory; the others on disk."),
      duration(SETTING(actors, job_time_ms_max), 10, day,
               "A job of a worker (reading, hashing, asking the gateway) that does not come back "
               "for so long is given up, and another worker takes its place."),

      count(SETTING(readers, threads), 1, 256, "Threads that read lists and histories from disk."),
      count(SETTING(readers, queue_max), 1, 1'000'000,
            "Reads that wait for one. Past it: 503 with Retry-After."),
      count(SETTING(readers, page_limit_default), 1, 10'000, "Rows of a page without ?limit=."),
      count(SETTING(readers, page_limit_max), 1, 10'000, "Largest ?limit=."),
      count(SETTING(readers, unpaged_limit), 1, 10'000'000,
            "Rows of a list that is asked for without paging parameters."),
      count(SETTING(readers, search_scan_rows_max), 1, 100'000'000,
            "Rows that one search looks at; then it answers with a cursor to go on from."),

      count(SETTING(feed, ring_events), 16, 10'000'000,
            "Newest events kept formatted in memory, for streams that resume."),
      duration(SETTING(feed, heartbeat_ms), 100, hour,
               "A comment on silent streams, so that proxies keep them and the dead are noticed."),
      count(SETTING(feed, replay_page), 1, 100'000,
            "Events read from disk at once for a stream that is behind."),

      text(SETTING(web, folder), is_one_line, "a path, or empty",
           "The built web client; empty: only the API. The default may be missing, another folder "
           "may "
           "not."),

      choice(SETTING(log, level), {"trace", "debug", "info", "warn", "error", "off"},
             "The least important line that is written. Secrets are in none."),
      flag(SETTING(log, access), "One line per request, with its request id."),
      choice(SETTING(log, format), {"text", "json"}, "json: one object per line, for collectors."),

      count(SETTING(backup, kept_max), 1, 10'000,
            "Backups to keep; the oldest beyond it go, but none that holds more than every newer "
            "one."),

      count(SETTING(rate, requests_per_second_per_client), 0, 1'000'000,
            "Past it: 429 with Retry-After. 0: no such limit."),
      count(SETTING(rate, signins_per_minute_per_client), 0, 1'000'000,
            "Slows the guessing of passwords: 429 with Retry-After. 0: no such limit."),
      count(SETTING(rate, signups_per_minute_per_client), 0, 1'000'000,
            "Slows the making of accounts: 429 with Retry-After. 0: no such limit."),
      count(SETTING(rate, signin_failures_free), 0, 1'000'000,
            "Wrong passwords for one account (of one address: four times as many) before pauses "
            "begin, from 1s on, doubling: 429. Never where somebody signed in to it before. 0: no "
            "pauses."),
      duration(SETTING(rate, signin_pause_ms_max), 1'000, day, "Longest such pause."),
  };
}
#undef SETTING

}  // namespace

const std::vector<Setting>& settings() {
  static const std::vector<Setting> all = all_settings();
  return all;
}

const Setting* find_setting(std::string_view key) {
  for (const Setting& setting : settings())
    if (setting.key() == key) return &setting;
  return nullptr;
}

std::string Setting::allowed() const {
  const auto range = [&](std::string_view what, auto&& in_words) {
    return std::string{what} + " from " + in_words(min) + " to " + in_words(max);
  };
  switch (unit) {
    case Unit::flag:
      return "true or false";
    case Unit::count:
      return range("a whole number", [](std::int64_t n) { return std::to_string(n); });
    case Unit::bytes:
      return range("a size", size_text);
    case Unit::duration:
      return range("a duration", duration_text);
    case Unit::duration_or_none:
      return range("none, or a duration", duration_text);
    case Unit::list:
      return "a list of " + std::string{form};
    case Unit::text:
      break;
  }
  if (choices.empty()) return std::string{form};
  std::string words;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    if (i > 0) words += i + 1 == choices.size() ? " or " : ", ";
    words += choices[i];
  }
  return words;
}

}  // namespace usher
