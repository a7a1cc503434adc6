// docs/openapi.yaml as a page for people: one document without scripts, which asks nobody for
// anything.
#pragma once

#include <string>
#include <string_view>

namespace usher::http {

struct ApiPage {
  std::string html;
  std::string content_security_policy;  // lets in the one style that it holds, and nothing else
};

// Throws YAML::Exception when the text is no OpenAPI description: it is built in, so a test finds
// that.
[[nodiscard]] ApiPage api_page(std::string_view openapi_yaml);

}  // namespace usher::http
