#include "actors/market/workers/https_call.hpp"

#include <curl/curl.h>

#include <memory>
#include <new>

#include "base/hex.hpp"

namespace usher {
namespace {

struct FreeEasy {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Easy = std::unique_ptr<CURL, FreeEasy>;
using List = std::unique_ptr<curl_slist, FreeList>;

// Once for the process, before the first handle; never undone: other threads may still call.
void begin_curl() {
  static const CURLcode begun = curl_global_init(CURL_GLOBAL_DEFAULT);
  static_cast<void>(begun);
}

struct Sink {
  std::string body;
  std::size_t bytes_max;
  bool overflowed = false;
};

// Called by C code: no exception may leave it. Taking less than was offered ends the call.
std::size_t take(const char* data, std::size_t, std::size_t bytes, void* into) noexcept {
  auto& sink = *static_cast<Sink*>(into);
  if (sink.body.size() + bytes > sink.bytes_max) {
    sink.overflowed = true;
    return 0;
  }
  try {
    sink.body.append(data, bytes);
  } catch (const std::bad_alloc&) {
    sink.overflowed = true;
    return 0;
  }
  return bytes;
}

List list_of(const std::vector<std::string>& lines) {
  List list;
  for (const auto& line : lines) {
    auto* longer = curl_slist_append(list.get(), line.c_str());
    if (!longer) throw std::bad_alloc{};
    static_cast<void>(list.release());
    list.reset(longer);
  }
  return list;
}

bool was_sent(CURL* handle) {
  long bytes = 0;
  return curl_easy_getinfo(handle, CURLINFO_REQUEST_SIZE, &bytes) != CURLE_OK || bytes > 0;
}

}  // namespace

tl::expected<HttpsAnswer, NoAnswer> call(const HttpsCall& request) {
  begin_curl();
  const Easy handle{curl_easy_init()};
  if (!handle) return tl::unexpected{NoAnswer{"libcurl has no memory", false}};
  Sink sink{{}, request.body_bytes_max};
  const auto headers = list_of(request.headers);
  const std::string form = request.post ? url_encoded(*request.post) : std::string{};
  auto set = [&](CURLoption option, auto value) { curl_easy_setopt(handle.get(), option, value); };
  set(CURLOPT_URL, request.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_PROXY, "");  // the environment of the process is no setting of ours
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout_ms));
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.timeout_ms));
  set(CURLOPT_HTTPHEADER, headers.get());
  set(CURLOPT_WRITEFUNCTION, &take);
  set(CURLOPT_WRITEDATA, static_cast<void*>(&sink));
  if (!request.ca_file.empty()) set(CURLOPT_CAINFO, request.ca_file.c_str());
  if (request.post) {
    set(CURLOPT_POSTFIELDSIZE, static_cast<long>(form.size()));
    set(CURLOPT_POSTFIELDS, form.c_str());
  }
  const CURLcode done = curl_easy_perform(handle.get());
  if (sink.overflowed) return tl::unexpected{NoAnswer{"the answer is too long", true}};
  if (done != CURLE_OK)
    return tl::unexpected{NoAnswer{curl_easy_strerror(done), was_sent(handle.get())}};
  long status = 0;
  curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
  return HttpsAnswer{static_cast<int>(status), std::move(sink.body)};
}

std::string url_encoded(const Form& form) {
  std::string out;
  for (const auto& [name, value] : form) {
    if (!out.empty()) out += '&';
    out += percent_encoded(name) + "=" + percent_encoded(value);
  }
  return out;
}

}  // namespace usher
