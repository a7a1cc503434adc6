// The bytes of every event and state of the blog (tests/support/golden.hpp).
#include "tests/support/golden.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <set>
#include <string>

#include "examples/blog/codec.hpp"

using namespace usher;
using namespace usher::test;

namespace {

const std::filesystem::path folder = std::filesystem::path{USHER_SOURCE_DIR} / "tests/blog/golden";

}  // namespace

TEST_CASE("every event of the blog is written and read as its golden file says") {
  std::set<std::string> read;
  const auto check = [&]<class A>(std::type_identity<A>, const std::string& name,
                                  const typename A::Event& event) {
    check_golden_event<A>(folder / "events", name, event, read);
  };
  check(std::type_identity<Post>{}, "post_created",
        Post::Created{"Fête №1", 1'705'096'900'123'456});
  const std::type_identity<Comment> comment;
  check(comment, "comment_created", Comment::Created{"an orange", 1'705'096'900'123'456, 3});
  check(comment, "comment_moderated", Comment::Moderated{"an orange", Status::rejected});
  check(comment, "comment_updated", Comment::Updated{"an apple", Status::approved});
  check(std::type_identity<OutsideEvents>{}, "outside_kept",
        OutsideEvents::Kept{"Outside", R"({"a":1})"});
  check_all_read(folder / "events", read);
}

TEST_CASE("every state of the blog is written and read as its golden file says") {
  std::set<std::string> read;
  check_golden_state<Post>(folder / "states", "post", {"Fête №1", 1'705'096'900'123'456}, read);
  check_golden_state<Comment>(folder / "states", "comment",
                              {"an orange", 1'705'096'900'123'456, 3, Status::rejected}, read);
  check_golden_state<OutsideEvents>(folder / "states", "outside_events", {}, read);
  check_all_read(folder / "states", read);
}
