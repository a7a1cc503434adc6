// Forged sessions: the contract says that any token signed with JWT_KEY is a session, whoever it
// names, so a load test needs no storm of sign-ups (which would measure scrypt).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace usher::bench {

enum class SessionForm { cookie, bearer };

struct Session {
  std::string user_id;  // 24 hex digits
  std::string header;   // one complete header line, with its CRLF
};

// The compact JWT for this user, HS256.
std::string forge_token(std::string_view key, std::string_view user_id, std::string_view email,
                        long issued_at);

// `count` different users; the same role and index is the same user in every run.
std::vector<Session> forge_sessions(std::string_view key, std::string_view role, std::size_t count,
                                    SessionForm form);

}  // namespace usher::bench
