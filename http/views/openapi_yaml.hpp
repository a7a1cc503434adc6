// docs/openapi.yaml, built in (CMakeLists.txt writes it into a source file).
#pragma once

#include <string_view>

namespace usher::http {

extern const std::string_view openapi_yaml;

}  // namespace usher::http
