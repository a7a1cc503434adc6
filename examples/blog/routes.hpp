// What the blog answers over HTTP, on one origin (docs/your-own-application.md has the contract).
#pragma once

#include <memory>
#include <string>

#include "examples/blog/node.hpp"
#include "examples/blog/queries.hpp"
#include "http/front/event_streams.hpp"
#include "http/front/rate_limit.hpp"
#include "http/front/router.hpp"
#include "http/front/static_files.hpp"

namespace usher {

struct BlogLimits {
  std::size_t text_characters_max = 1'000;  // of a title, of a comment
  ListLimits lists;
  std::size_t event_type_letters_max = 64;
  std::size_t event_data_bytes_max = 16 * 1024;                    // as compact JSON
  http::RateLimit outside_events{.per_second = 20, .burst = 100};  // of one client
  std::size_t rate_limit_clients_max = 65'536;                     // remembered
  std::size_t json_depth_max = 32;
  std::size_t body_bytes_max = 256 * 1024;  // 16 KiB of data may be escaped to six times as much
  DurationMs ask_deadline_ms = 5'000;       // past it a command is not executed
  int id_draws_max = 3;                     // when a drawn id is taken
};

struct BlogService {
  BlogNode& node;
  BlogLimits limits;
  std::string operator_token;  // empty: there is no operator
};

// `page` may be null: then there is the API only. The node must outlive the router.
void add_blog_routes(http::Router& router, BlogService service,
                     std::shared_ptr<const http::StaticFiles> page);

// The live stream: each committed record is one event, numbered as the journal's feed does.
void publish(http::EventStreams& streams, const std::vector<FeedRecord>& records);
[[nodiscard]] http::ReadAfter replay_from(Door& door);

}  // namespace usher
