// Runs a fuzz target without libFuzzer: every file of the corpus folder, then seeded mutations of
// them. The same inputs on every machine; a broken property aborts, after the input was written to
// standard error in hex.
#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr int mutations = 5'000;
constexpr std::size_t input_bytes_max = 4'096;

std::string current;

void show_input(int) {
  std::fprintf(stderr, "this input (hex) breaks a property: ");
  for (const char c : current) std::fprintf(stderr, "%02x", static_cast<unsigned char>(c));
  std::fputc('\n', stderr);
  std::signal(SIGABRT, SIG_DFL);
}

void run(std::string input) {
  current = std::move(input);
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(current.data()), current.size());
}

std::vector<std::string> corpus_of(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.is_regular_file()) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<std::string> all;
  for (const auto& file : files) {
    std::ifstream in{file, std::ios::binary};
    all.emplace_back(std::istreambuf_iterator<char>{in}, std::istreambuf_iterator<char>{});
  }
  return all;
}

class Mutator {
 public:
  explicit Mutator(const std::vector<std::string>& corpus) : corpus_(corpus) {}

  std::string next() {
    auto text = any();
    for (auto steps = 1 + below(4); steps > 0; --steps) mutate(text);
    text.resize(std::min(text.size(), input_bytes_max));
    return text;
  }

 private:
  std::size_t below(std::size_t limit) { return dice_() % limit; }
  std::string any() { return corpus_[below(corpus_.size())]; }
  std::size_t place(const std::string& text) { return below(text.size() + 1); }

  void mutate(std::string& text) {
    const auto at = place(text);
    switch (below(6)) {
      case 0:  // a flipped bit
        if (at < text.size()) text[at] = static_cast<char>(text[at] ^ (1 << below(8)));
        break;
      case 1:
        text.insert(at, 1, static_cast<char>(below(256)));
        break;
      case 2:  // a piece is missing
        text.erase(at, 1 + below(8));
        break;
      case 3:  // a piece stands twice
        text.insert(at, text.substr(place(text), 1 + below(32)));
        break;
      case 4:  // the end is another's
        text = text.substr(0, at) + any().substr(0, 256);
        break;
      default:  // cut short
        text.resize(at);
    }
  }

  const std::vector<std::string>& corpus_;
  std::mt19937_64 dice_{1};
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  std::signal(SIGABRT, show_input);
  const auto corpus = corpus_of(argv[1]);
  if (corpus.empty()) {
    std::fprintf(stderr, "no corpus in %s\n", argv[1]);
    return 2;
  }
  run("");
  for (const auto& input : corpus) run(input);
  Mutator mutator{corpus};
  for (int i = 0; i < mutations; ++i) run(mutator.next());
  std::printf("%zu inputs of the corpus and %d mutations\n", corpus.size(), mutations);
  return 0;
}
