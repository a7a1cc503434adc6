// The built web client, served from memory: read once at start, so that no io thread touches the
// disk, and a path is a key in a table: none leads out of the folder.
#pragma once

#include <asio/awaitable.hpp>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <unordered_map>
#include <utility>
#include <vector>

#include "http/front/message.hpp"
#include "http/front/router.hpp"

namespace usher::http {

// Of every page (index.html). Scripts come from this origin only, nobody may frame the page.
// `card_form`: and Stripe's, with the frame that its card form lives in.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> page_headers(bool card_form);

struct StaticFileOptions {
  std::filesystem::path folder;
  std::size_t bytes_max = 64 * 1024 * 1024;  // of all files, with their compressed forms
  std::size_t files_max = 4'096;
  std::vector<std::pair<std::string, std::string>> page_headers = http::page_headers(false);
  // What the page shows by itself: these always answer with it.
  std::vector<std::string> page_paths = {"/"};
};

// Answers with the page instead of the plain index.html: it may embed a first state in it. The
// page lives as long as the handler. The page's headers are added to what it answers.
using PageHook =
    std::function<asio::awaitable<Response>(const Request& request, const std::string& index_html)>;

class StaticFiles {
 public:
  // The error says what cannot be served: a folder without index.html, or one that is too large.
  [[nodiscard]] static tl::expected<std::shared_ptr<const StaticFiles>, std::string> load(
      const StaticFileOptions& options);

  // GET and HEAD of a file; index.html for the page's own paths, and for others without a file
  // extension when Accept names text/html; 404 for the rest.
  [[nodiscard]] Response respond(const Request& request) const;
  [[nodiscard]] bool is_page(const Request& request) const;
  [[nodiscard]] const std::string& index_html() const;
  // Sets the headers of a page that a hook has made, in the place of any that it has set.
  void add_page_headers(Response& response) const;

 private:
  struct Form {  // of one file: as it is, or compressed
    std::shared_ptr<const std::string> bytes;
    std::string etag;
    std::string_view encoding;  // empty: as it is
  };
  struct File {
    std::string_view content_type;
    bool immutable = false;   // its name holds a hash of its content
    std::vector<Form> forms;  // the smallest first; the last one is as it is
  };

  tl::expected<void, std::string> read_folder(const StaticFileOptions& options);
  [[nodiscard]] const File* find(std::string_view path) const;
  [[nodiscard]] Response respond_with(const File& file, const Request& request) const;

  std::unordered_map<std::string, File> files_;  // by path: "/assets/app.js"
  std::vector<std::pair<std::string, std::string>> page_headers_;
  std::vector<std::string> page_paths_;
};

// For Router::otherwise. `page` may be null: index.html is then served as it is.
[[nodiscard]] Handler static_files(std::shared_ptr<const StaticFiles> files, PageHook page);
// When there is no folder: says in one line how to get the page.
[[nodiscard]] Handler without_static_files();

}  // namespace usher::http
