// How near the journal comes to the disk. Three ways to make the same bytes durable, in alternating
// rounds, at several batch sizes:
//   file     append to one file, then fdatasync: nothing can be faster
//   rocksdb  the same puts as one synced RocksDB batch, with nothing above it
//   journal  Journal::write, with its checks, checksums, hashes and indexes
// "The same bytes": the journal's own puts (keys and values) are recorded first, and the other two
// write exactly these. The unit of work is one reservation: two records in two streams and what
// they come to, a reminder, the ticket's two rows that go and the order's one. Prints JSON.
#include <fcntl.h>
#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "bench/load/random.hpp"
#include "persistence/journal.hpp"
#include "persistence/redo.hpp"
#include "persistence/rocksdb_store.hpp"

namespace {

using namespace usher;
using Clock = std::chrono::steady_clock;

constexpr std::size_t ticket_count = 10'000;
constexpr std::size_t reserved_bytes = 60, placed_bytes = 140;                       // payloads
constexpr std::size_t ticket_bytes = 130, order_bytes = 160;                         // states
constexpr std::size_t by_time_bytes = 20, by_price_bytes = 28, by_buyer_bytes = 45;  // row keys
constexpr std::size_t name_bytes = 13;  // one letter, 96-bit id

template <class T, class E>
T or_throw(tl::expected<T, E> result, const char* what) {
  if (!result) throw std::runtime_error(what);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

std::string random_bytes(bench::Random& random, std::size_t size) {
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random.next());
  return bytes;
}

// Hands everything on and remembers the puts.
class RecordingStore final : public Store {
 public:
  explicit RecordingStore(Store& below) : below_(below) {}
  tl::expected<void, StorageError> write(const WriteBatch& batch) override {
    recorded.push_back(batch);
    return below_.write(batch);
  }
  tl::expected<RedoNumber, StorageError> log(const std::string& record,
                                             const std::optional<NewestRecord>& newest) override {
    const auto entry = decode_redo(record);
    if (!entry) throw std::runtime_error("a record that can't be read");
    WriteBatch batch;
    for (const RedoChange& change : entry->changes)
      if (change.value)
        batch.put(change.family, std::string{change.key}, std::string{*change.value});
      else
        batch.erase(change.family, std::string{change.key});
    recorded.push_back(std::move(batch));
    return below_.log(record, newest);
  }
  void apply(std::string entries, RedoNumber done) override {
    below_.apply(std::move(entries), done);
  }
  std::vector<WaitingRecord> take_waiting() override { return below_.take_waiting(); }
  tl::expected<std::optional<std::string>, StorageError> get(Family family, std::string_view key,
                                                             Reach reach) const override {
    return below_.get(family, key, reach);
  }
  std::unique_ptr<Cursor> scan(Family family, KeyRange range, Reach reach) const override {
    return below_.scan(family, std::move(range), reach);
  }
  std::unique_ptr<Moment> moment() const override { return below_.moment(); }
  std::optional<NewestRecord> acknowledged() const override { return below_.acknowledged(); }
  std::optional<std::string> failure() const override { return below_.failure(); }
  std::uint64_t approximate_bytes() const override { return below_.approximate_bytes(); }

  std::vector<WriteBatch> recorded;

 private:
  Store& below_;
};

// Reservations without end, each valid for the journal that has taken all before it.
class Reservations {
 public:
  explicit Reservations(Journal& journal) : journal_(journal), tickets_(ticket_count) {
    for (Ticket& ticket : tickets_) {
      ticket.shard = static_cast<ShardNumber>(random_.below(journal.shard_count()));
      ticket.stream = random_bytes(random_, name_bytes);
    }
    for (ShardNumber shard = 0; shard < journal.shard_count(); ++shard)
      epochs_.push_back(or_throw(journal_.begin_epoch(shard), "begin_epoch failed"));
  }

  std::vector<Append> next(std::size_t count) {
    std::vector<Append> appends(count);
    for (Append& append : appends) {
      Ticket& ticket = tickets_[random_.below(tickets_.size())];
      const std::string order = random_bytes(random_, name_bytes);
      append.shard = ticket.shard;
      append.epoch = epochs_[ticket.shard];
      append.streams.push_back({ticket.stream,
                                ticket.version++,
                                {record(1, reserved_bytes)},
                                random_bytes(random_, ticket_bytes)});
      append.streams.push_back(
          {order, 0, {record(2, placed_bytes)}, random_bytes(random_, order_bytes)});
      append.reminders.push_back({{.due = 1'900'000'000'000, .stream = order, .name = 1}});
      append.rows.push_back({1, random_bytes(random_, by_time_bytes), std::nullopt});
      append.rows.push_back({2, random_bytes(random_, by_price_bytes), std::nullopt});
      append.rows.push_back({4, random_bytes(random_, by_buyer_bytes), order});
    }
    return appends;
  }

 private:
  struct Ticket {
    ShardNumber shard = 0;
    std::string stream;
    StreamVersion version = 0;
  };
  NewRecord record(std::uint16_t type, std::size_t size) {
    return {.type = type, .schema = 1, .payload = random_bytes(random_, size)};
  }

  Journal& journal_;
  std::vector<Ticket> tickets_;
  std::vector<Epoch> epochs_;
  bench::Random random_{42};
};

struct OpenJournal {
  explicit OpenJournal(const std::filesystem::path& folder)
      : store(or_throw(RocksdbStore::open(folder), "the store does not open")), recorder(*store) {}
  std::unique_ptr<RocksdbStore> store;
  RecordingStore recorder;
};

JournalOptions journal_options() {
  JournalOptions options;
  options.clock_us = [] {
    return std::chrono::duration_cast<std::chrono::microseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  };
  return options;
}

void write_all(Journal& journal, const std::vector<Append>& appends) {
  for (const auto& answer : journal.write(appends))
    if (!answer) throw std::runtime_error("the journal refused an append");
}

std::vector<WriteBatch> record_puts(const std::filesystem::path& folder, std::size_t batch_size,
                                    std::size_t batches) {
  OpenJournal open(folder);
  const auto journal = or_throw(Journal::open(open.recorder, journal_options()), "no journal");
  Reservations reservations(*journal);
  open.recorder.recorded.clear();
  for (std::size_t i = 0; i < batches; ++i) write_all(*journal, reservations.next(batch_size));
  return std::move(open.recorder.recorded);
}

std::size_t bytes_of(const WriteBatch& batch) {
  std::size_t bytes = 0;
  for (const WriteBatch::Put& put : batch.puts)
    bytes += put.key.size() + (put.value ? put.value->size() : 0);
  return bytes;
}

// One way to make batches durable. Work comes in bursts: preparing one is not timed.
struct Contestant {
  std::function<void(std::size_t batches)> prepare;
  std::function<void(std::size_t batch)> write;  // number of the batch in its burst
  std::function<void()> finish = [] {};          // timed: nothing is left to others for later
};

// Reservations per second.
double measure(double seconds, std::size_t batch_size, const Contestant& contestant) {
  constexpr std::size_t burst_reservations = 4'096;
  const std::size_t burst = std::max<std::size_t>(1, burst_reservations / batch_size);
  Clock::duration spent{};
  std::size_t batches = 0;
  while (std::chrono::duration<double>(spent).count() < seconds) {
    contestant.prepare(burst);
    const auto start = Clock::now();
    for (std::size_t i = 0; i < burst; ++i) contestant.write(i);
    contestant.finish();
    spent += Clock::now() - start;
    batches += burst;
  }
  return static_cast<double>(batches * batch_size) / std::chrono::duration<double>(spent).count();
}

double measure_file(const std::filesystem::path& path, const std::vector<WriteBatch>& recorded,
                    std::size_t batch_size, double seconds) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) throw std::runtime_error("cannot create a file");
  std::vector<std::string> prepared;
  std::size_t next = 0;
  const auto prepare = [&](std::size_t batches) {
    prepared.resize(batches);
    for (std::string& bytes : prepared) {
      bytes.clear();
      for (const WriteBatch::Put& put : recorded[next++ % recorded.size()].puts)
        bytes.append(put.key).append(put.value.value_or(std::string()));
    }
  };
  const auto write = [&](std::size_t batch) {
    const std::string& bytes = prepared[batch];
    if (::write(fd, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()) ||
        ::fdatasync(fd) != 0)
      throw std::runtime_error("the file cannot be written");
  };
  const double rate = measure(seconds, batch_size, {.prepare = prepare, .write = write});
  ::close(fd);
  return rate;
}

double measure_rocksdb(const std::filesystem::path& folder, const std::vector<WriteBatch>& recorded,
                       std::size_t batch_size, double seconds) {
  rocksdb::Options options;
  options.create_if_missing = true;
  rocksdb::DB* opened = nullptr;
  if (!rocksdb::DB::Open(options, folder, &opened).ok()) throw std::runtime_error("no database");
  const std::unique_ptr<rocksdb::DB> db(opened);
  rocksdb::WriteOptions synced;
  synced.sync = true;
  std::size_t next = 0;
  rocksdb::WriteBatch batch;
  const auto write = [&](std::size_t) {
    batch.Clear();
    for (const WriteBatch::Put& put : recorded[next++ % recorded.size()].puts)
      put.value ? batch.Put(put.key, *put.value) : batch.Delete(put.key);
    if (!db->Write(synced, &batch).ok()) throw std::runtime_error("a batch failed");
  };
  return measure(seconds, batch_size, {.prepare = [](std::size_t) {}, .write = write});
}

double measure_journal(const std::filesystem::path& folder, std::size_t batch_size,
                       double seconds) {
  const auto store = or_throw(RocksdbStore::open(folder), "the store does not open");
  const auto journal = or_throw(Journal::open(*store, journal_options()), "no journal");
  Reservations reservations(*journal);
  std::vector<std::vector<Append>> prepared;
  const auto prepare = [&](std::size_t batches) {
    prepared.clear();
    for (std::size_t i = 0; i < batches; ++i) prepared.push_back(reservations.next(batch_size));
  };
  const auto write = [&](std::size_t batch) { write_all(*journal, prepared[batch]); };
  // A scan waits until the families have everything.
  const auto finish = [&] { (void)store->scan(Family::views, {}); };
  return measure(seconds, batch_size, {.prepare = prepare, .write = write, .finish = finish});
}

}  // namespace

int main(int argc, char** argv) {
  std::filesystem::path scratch;
  std::vector<std::size_t> batch_sizes{1, 8, 64, 512};
  std::size_t rounds = 3;
  double seconds = 1;
  std::string only;
  CLI::App app{"journal_bench: the journal against a bare file and bare RocksDB"};
  app.add_option("scratch", scratch, "an existing folder on the disk to be measured")
      ->required()
      ->check(CLI::ExistingDirectory);
  app.add_option("--batch-sizes", batch_sizes)->delimiter(',');
  app.add_option("--rounds", rounds);
  app.add_option("--seconds", seconds, "of each measurement");
  app.add_option("--only", only, "file, rocksdb or journal: for a profiler");
  CLI11_PARSE(app, argc, argv);

  try {
    nlohmann::json results = nlohmann::json::array();
    for (const std::size_t batch_size : batch_sizes) {
      constexpr std::size_t recorded_batches = 50;
      const std::filesystem::path folder = scratch / "journal_bench";
      std::filesystem::create_directory(folder);
      const auto recorded = record_puts(folder / "recorded", batch_size, recorded_batches);
      std::size_t bytes = 0;
      for (const WriteBatch& batch : recorded) bytes += bytes_of(batch);
      nlohmann::json file = nlohmann::json::array(), rocks = file, journal = file;
      for (std::size_t round = 0; round < rounds; ++round) {
        const std::string suffix = std::to_string(round);
        const auto wanted = [&](const char* name) { return only.empty() || only == name; };
        if (wanted("file"))
          file.push_back(measure_file(folder / ("file" + suffix), recorded, batch_size, seconds));
        if (wanted("rocksdb"))
          rocks.push_back(
              measure_rocksdb(folder / ("rocksdb" + suffix), recorded, batch_size, seconds));
        if (wanted("journal"))
          journal.push_back(measure_journal(folder / ("journal" + suffix), batch_size, seconds));
      }
      std::filesystem::remove_all(folder);
      results.push_back(
          {{"batch_size", batch_size},
           {"bytes_per_reservation",
            static_cast<double>(bytes) / static_cast<double>(recorded_batches * batch_size)},
           {"file", file},
           {"rocksdb", rocks},
           {"journal", journal}});
    }
    std::cout << results.dump(1) << std::endl;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "journal_bench: %s\n", error.what());
    return 1;
  }
  return 0;
}
