#include "http/views/api_page.hpp"

#include <openssl/sha.h>
#include <yaml-cpp/yaml.h>

#include <array>
#include <sstream>
#include <utility>
#include <vector>

#include "http/front/base64.hpp"
#include "http/front/text.hpp"

namespace usher::http {
namespace {

constexpr std::string_view style = R"(
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 56rem; margin: 0 auto; padding: 1rem; }
code, pre { font: 0.9em ui-monospace, monospace; }
pre { overflow-x: auto; padding: 0.5rem; border: 1px solid; border-radius: 4px; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 0.25rem 1rem 0.25rem 0; }
section { border-top: 1px solid; margin-top: 2rem; }
h3 code { font-size: 1em; }
)";

// `code` and **bold** of one paragraph.
std::string inline_marks(std::string_view text) {
  std::string out;
  bool is_code = false, is_bold = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '`') {
      out += std::exchange(is_code, !is_code) ? "</code>" : "<code>";
    } else if (!is_code && text.substr(i, 2) == "**") {
      out += std::exchange(is_bold, !is_bold) ? "</strong>" : "<strong>";
      ++i;
    } else {
      out += escaped_for_html(text.substr(i, 1));
    }
  }
  if (is_code) out += "</code>";
  if (is_bold) out += "</strong>";
  return out;
}

// Paragraphs and lists: all that our descriptions use of Markdown.
std::string prose(const std::string& markdown) {
  std::string out, paragraph;
  bool is_list = false;
  const auto end_paragraph = [&] {
    if (!paragraph.empty())
      out += is_list ? "<li>" + inline_marks(paragraph) + "</li>\n"
                     : "<p>" + inline_marks(paragraph) + "</p>\n";
    paragraph.clear();
  };
  std::istringstream lines{markdown};
  for (std::string line; std::getline(lines, line);) {
    const bool is_item = line.starts_with("- ");
    if (line.empty() || is_item) end_paragraph();
    if (is_item && !std::exchange(is_list, true)) out += "<ul>\n";
    if (line.empty() && std::exchange(is_list, false)) out += "</ul>\n";
    if (line.empty()) continue;
    if (!paragraph.empty()) paragraph += ' ';
    paragraph += is_item ? line.substr(2) : line;
  }
  end_paragraph();
  if (is_list) out += "</ul>\n";
  return out;
}

std::string text_of(const YAML::Node& node, const char* name) {
  return node[name] && node[name].IsScalar() ? node[name].as<std::string>() : std::string{};
}

class Page {
 public:
  explicit Page(const YAML::Node& api) : api_(api) {}

  [[nodiscard]] std::string html() {
    const auto info = api_["info"];
    const std::string title =
        escaped_for_html(text_of(info, "title") + " " + text_of(info, "version"));
    out_ =
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" +
        title + ": API</title>\n<style>" + std::string{style} +
        "</style>\n</head>\n<body>\n<main>\n<h1>" + title + "</h1>\n<p>" +
        escaped_for_html(text_of(info, "summary")) +
        " <a href=\"/openapi.yaml\">OpenAPI description</a></p>\n";
    out_ += prose(text_of(info, "description"));
    for (const auto& tag : api_["tags"]) add_tag(tag);
    out_ += "<section>\n<h2>Schemas</h2>\n";
    for (const auto& schema : api_["components"]["schemas"])
      add_schema(schema.first.as<std::string>(), schema.second);
    out_ += "</section>\n</main>\n</body>\n</html>\n";
    return std::move(out_);
  }

 private:
  // A reference to a component is followed; anything else is what it says.
  [[nodiscard]] YAML::Node resolved(const YAML::Node& node) const {
    const auto path = text_of(node, "$ref");
    if (path.empty()) return node;
    YAML::Node found;
    found.reset(api_);  // assigning would change what it refers to
    std::istringstream parts{path.substr(2)};
    for (std::string part; std::getline(parts, part, '/');) found.reset(std::as_const(found)[part]);
    return found;
  }

  [[nodiscard]] static std::string type_of(const YAML::Node& schema) {
    const auto reference = text_of(schema, "$ref");
    if (!reference.empty()) {
      const auto name = escaped_for_html(reference.substr(reference.rfind('/') + 1));
      return "<a href=\"#schema-" + name + "\">" + name + "</a>";
    }
    const auto type = text_of(schema, "type");
    if (type == "array") return "array of " + type_of(schema["items"]);
    return type.empty() ? "any" : escaped_for_html(type);
  }

  void add_tag(const YAML::Node& tag) {
    const auto name = text_of(tag, "name");
    out_ +=
        "<section>\n<h2>" + escaped_for_html(name) + "</h2>\n" + prose(text_of(tag, "description"));
    for (const auto& path : api_["paths"])
      for (const auto& operation : path.second) {
        const auto tags = operation.second["tags"];
        if (tags && tags.size() > 0 && tags[0].as<std::string>() == name)
          add_operation(operation.first.as<std::string>(), path.first.as<std::string>(),
                        operation.second);
      }
    out_ += "</section>\n";
  }

  void add_operation(std::string method, const std::string& path, const YAML::Node& operation) {
    for (char& c : method) c = static_cast<char>(c - 'a' + 'A');
    out_ += "<article id=\"" + escaped_for_html(text_of(operation, "operationId")) +
            "\">\n<h3><code>" + method + " " + escaped_for_html(path) + "</code></h3>\n<p>" +
            inline_marks(text_of(operation, "summary")) + "</p>\n";
    out_ += prose(text_of(operation, "description"));
    if (operation["parameters"]) add_parameters(operation["parameters"]);
    if (operation["requestBody"]) add_content("Body", resolved(operation["requestBody"]));
    out_ += "<table>\n<tr><th>Answer</th><th></th></tr>\n";
    for (const auto& response : operation["responses"])
      out_ += "<tr><td>" + escaped_for_html(response.first.as<std::string>()) + "</td><td>" +
              inline_marks(text_of(resolved(response.second), "description")) + "</td></tr>\n";
    out_ += "</table>\n</article>\n";
  }

  void add_parameters(const YAML::Node& parameters) {
    out_ += "<table>\n<tr><th>Parameter</th><th>In</th><th></th></tr>\n";
    for (const auto& each : parameters) {
      const auto parameter = resolved(each);
      out_ += "<tr><td><code>" + escaped_for_html(text_of(parameter, "name")) + "</code></td><td>" +
              escaped_for_html(text_of(parameter, "in")) + "</td><td>" +
              inline_marks(text_of(parameter, "description")) + "</td></tr>\n";
    }
    out_ += "</table>\n";
  }

  void add_content(const std::string& title, const YAML::Node& body) {
    for (const auto& type : body["content"]) {
      out_ += "<p>" + title + ": " + type_of(type.second["schema"]) + "</p>\n";
      if (const auto example = type.second["example"]) {
        YAML::Emitter json;
        json << YAML::Flow << example;
        out_ += "<pre>" + escaped_for_html(json.c_str()) + "</pre>\n";
      }
    }
  }

  void add_schema(const std::string& name, const YAML::Node& schema) {
    out_ += "<article id=\"schema-" + escaped_for_html(name) + "\">\n<h3>" +
            escaped_for_html(name) + "</h3>\n";
    out_ += prose(text_of(schema, "description"));
    const auto properties = schema["properties"];
    if (properties) {
      out_ += "<table>\n<tr><th>Member</th><th>Type</th><th></th></tr>\n";
      for (const auto& property : properties)
        out_ += "<tr><td><code>" + escaped_for_html(property.first.as<std::string>()) +
                "</code></td><td>" + type_of(property.second) + "</td><td>" +
                inline_marks(text_of(property.second, "description")) + "</td></tr>\n";
      out_ += "</table>\n";
    }
    out_ += "</article>\n";
  }

  const YAML::Node& api_;
  std::string out_;
};

}  // namespace

ApiPage api_page(std::string_view openapi_yaml) {
  const auto api = YAML::Load(std::string{openapi_yaml});
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(style.data()), style.size(), digest.data());
  const std::string hash = base64({reinterpret_cast<const char*>(digest.data()), digest.size()});
  return {Page{api}.html(), "default-src 'none'; style-src 'sha256-" + hash +
                                "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"};
}

}  // namespace usher::http
