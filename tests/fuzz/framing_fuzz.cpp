// The limits are small, so that the fuzzer reaches the far side of each of them.
#include <cstdlib>

#include "tests/fuzz/framing_property.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace usher::http;
  static const FramingLimits small{.request_line_bytes_max = 64,
                                   .head_bytes_max = 256,
                                   .headers_max = 6,
                                   .body_bytes_max = 64,
                                   .chunk_line_bytes_max = 16,
                                   .chunk_overhead_bytes_max = 48,
                                   .trailer_bytes_max = 48};
  static const FramingLimits defaults;
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  const std::uint64_t seed = size * 7919 + (size > 0 ? data[size / 2] : 0);
  if (!testing::framing_property_holds(bytes, seed, small)) std::abort();
  if (!testing::framing_property_holds(bytes, seed, defaults)) std::abort();
  return 0;
}
