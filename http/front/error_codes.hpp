// What the engine itself refuses, in one word each. Part of the contract: docs/openapi.yaml
// (ErrorCode) explains every one, and a test compares the two. A code is named as it is sent.
#pragma once

#include "http/front/message.hpp"

namespace usher::http::code {

inline constexpr ErrorCode bad_request{"bad_request"};
inline constexpr ErrorCode not_authorized{"not_authorized"};
inline constexpr ErrorCode forbidden{"forbidden"};
inline constexpr ErrorCode not_found{"not_found"};
inline constexpr ErrorCode method_not_allowed{"method_not_allowed"};
inline constexpr ErrorCode request_timeout{"request_timeout"};
inline constexpr ErrorCode precondition_failed{"precondition_failed"};
inline constexpr ErrorCode body_too_large{"body_too_large"};
inline constexpr ErrorCode target_too_long{"target_too_long"};
inline constexpr ErrorCode unsupported_media_type{"unsupported_media_type"};
inline constexpr ErrorCode unsupported_charset{"unsupported_charset"};
inline constexpr ErrorCode unsupported_encoding{"unsupported_encoding"};
inline constexpr ErrorCode expectation_failed{"expectation_failed"};
inline constexpr ErrorCode too_many_requests{"too_many_requests"};
inline constexpr ErrorCode headers_too_large{"headers_too_large"};
inline constexpr ErrorCode internal_error{"internal_error"};
inline constexpr ErrorCode not_implemented{"not_implemented"};
inline constexpr ErrorCode unavailable{"unavailable"};
inline constexpr ErrorCode http_version_not_supported{"http_version_not_supported"};
// Of a JSON body.
inline constexpr ErrorCode malformed_json{"malformed_json"};
inline constexpr ErrorCode number_out_of_range{"number_out_of_range"};

}  // namespace usher::http::code
