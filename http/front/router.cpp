// A tree of path segments. Every pattern that fits a path is considered, literal segments first,
// so that "/api/tickets/mine" hides "/api/tickets/:id" only for the methods that it serves.
#include "http/front/router.hpp"

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "http/front/ascii.hpp"

namespace usher::http {

namespace {

struct Endpoint {
  std::string method;
  std::string pattern;
  std::vector<std::string> param_names;
  Handler handler;
};

struct Node {
  std::vector<std::pair<std::string, std::unique_ptr<Node>>> literals;
  std::unique_ptr<Node> param;
  std::vector<Endpoint> endpoints;
};

// Segments without the leading and one trailing slash; "/" has none.
std::vector<std::string_view> segments_of(std::string_view path) {
  std::vector<std::string_view> segments;
  if (!path.empty() && path.front() == '/') path.remove_prefix(1);
  if (!path.empty() && path.back() == '/') path.remove_suffix(1);
  if (path.empty()) return segments;
  while (true) {
    const auto slash = path.find('/');
    segments.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return segments;
    path.remove_prefix(slash + 1);
  }
}

Node& literal_child(Node& node, std::string_view segment) {
  for (auto& [name, child] : node.literals)
    if (equal_without_case(name, segment)) return *child;
  return *node.literals.emplace_back(segment, std::make_unique<Node>()).second;
}

const Endpoint* endpoint_for(const Node& node, std::string_view method) {
  const auto serves = [&](std::string_view wanted) -> const Endpoint* {
    for (const Endpoint& endpoint : node.endpoints)
      if (endpoint.method == wanted) return &endpoint;
    return nullptr;
  };
  if (const Endpoint* exact = serves(method)) return exact;
  return method == "HEAD" ? serves("GET") : nullptr;
}

// One walk over the tree: the parameters' values on the way, the methods met, the endpoint found.
struct Search {
  std::string_view method;
  const std::vector<std::string_view>& segments;
  std::vector<std::string_view> values;
  const Endpoint* found = nullptr;
  std::string_view first_pattern;
  std::vector<std::string_view> methods;

  bool visit(const Node& node, std::size_t depth) {
    if (depth == segments.size()) return visit_end(node);
    for (const auto& [name, child] : node.literals)
      if (equal_without_case(name, segments[depth]) && visit(*child, depth + 1)) return true;
    if (node.param && !segments[depth].empty()) {
      values.push_back(segments[depth]);
      if (visit(*node.param, depth + 1)) return true;
      values.pop_back();
    }
    return false;
  }

  bool visit_end(const Node& node) {
    if (node.endpoints.empty()) return false;
    found = endpoint_for(node, method);
    if (found) return true;
    if (first_pattern.empty()) first_pattern = node.endpoints.front().pattern;
    for (const Endpoint& endpoint : node.endpoints) methods.push_back(endpoint.method);
    return false;
  }
};

std::string allow_header(std::vector<std::string_view> methods) {
  const auto has = [&](std::string_view m) {
    return std::find(methods.begin(), methods.end(), m) != methods.end();
  };
  if (has("GET") && !has("HEAD")) methods.push_back("HEAD");
  if (!has("OPTIONS")) methods.push_back("OPTIONS");
  std::sort(methods.begin(), methods.end());
  methods.erase(std::unique(methods.begin(), methods.end()), methods.end());
  std::string allow;
  for (const auto method : methods) {
    if (!allow.empty()) allow += ", ";
    allow += method;
  }
  return allow;
}

}  // namespace

struct Router::Impl {
  Node root;
  Handler otherwise;
};

Router::Router() : impl_(std::make_unique<Impl>()) {}
Router::~Router() = default;
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;

Router& Router::on(std::string_view method, std::string_view pattern, Handler handler) {
  Node* node = &impl_->root;
  std::vector<std::string> param_names;
  for (const auto segment : segments_of(pattern)) {
    if (!segment.empty() && segment.front() == ':') {
      param_names.emplace_back(segment.substr(1));
      if (!node->param) node->param = std::make_unique<Node>();
      node = node->param.get();
    } else {
      node = &literal_child(*node, segment);
    }
  }
  for (const Endpoint& endpoint : node->endpoints)
    if (endpoint.method == method)  // a slip in the wiring: found at the first start
      throw std::logic_error("two handlers for " + std::string(method) + " " +
                             std::string(pattern));
  node->endpoints.push_back(Endpoint{std::string(method), std::string(pattern),
                                     std::move(param_names), std::move(handler)});
  return *this;
}

Router& Router::otherwise(Handler handler) {
  impl_->otherwise = std::move(handler);
  return *this;
}

Router::Match Router::match(Request& request) const {
  const auto segments = segments_of(request.path);
  Search search{.method = request.method,
                .segments = segments,
                .values = {},
                .first_pattern = {},
                .methods = {}};
  Match match;
  if (search.visit(impl_->root, 0)) {
    request.path_params.clear();
    for (std::size_t i = 0; i < search.values.size(); ++i)
      request.path_params.emplace_back(search.found->param_names[i], search.values[i]);
    match.handler = &search.found->handler;
    match.pattern = search.found->pattern;
  } else if (!search.methods.empty()) {
    match.pattern = search.first_pattern;
    match.allow = allow_header(std::move(search.methods));
  } else if (impl_->otherwise) {
    match.handler = &impl_->otherwise;
    match.pattern = "(otherwise)";
  } else {
    match.pattern = "(none)";
  }
  return match;
}

}  // namespace usher::http
