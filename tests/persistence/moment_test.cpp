// A moment is one: batches reach their families in parts, and a list that sees the first part of a
// batch without the last would show tickets that are for sale and sold at once.
#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "tests/persistence/stores.hpp"

namespace usher {
namespace {

constexpr int keys_of_batch = 1'500;  // in several parts, with the first and the last far apart
constexpr int batches = 150;
constexpr int readers =
    6;  // more than cores: whoever lets go of the lock is often interrupted there

std::string key_of(int number) { return "key" + std::to_string(10'000 + number); }

TEST_CASE("a moment has the whole of a batch or nothing of it, however many look and write") {
  DiskPlace place;
  std::atomic<bool> done{false};
  std::atomic<int> torn{0}, looked{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < readers; ++i) {
    threads.emplace_back([&] {
      while (!done) {
        const auto moment = place.store().moment();
        const auto first = moment->get(Family::journal, key_of(0));
        const auto snapshot = moment->get(Family::snapshots, key_of(0));
        const auto row = moment->get(Family::views, key_of(keys_of_batch - 1));
        if (!first || !snapshot || !row || *first != *snapshot || *first != *row) ++torn;
        ++looked;
      }
    });
  }
  for (int batch = 0; batch < batches; ++batch) {
    WriteBatch write;
    for (int i = 0; i < keys_of_batch; ++i)
      for (const Family family : {Family::journal, Family::snapshots, Family::views})
        write.put(family, key_of(i), std::to_string(batch));
    if (!place.store().write(write)) ++torn;
  }
  done = true;
  for (auto& thread : threads) thread.join();
  CHECK(looked > 0);
  CHECK(torn == 0);
}

}  // namespace
}  // namespace usher
