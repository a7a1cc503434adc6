#include "persistence/redo_overlay.hpp"

#include <algorithm>
#include <utility>

namespace usher {
namespace {

class OverlayCursor final : public Cursor {
 public:
  OverlayCursor(std::shared_ptr<const RedoOverlay> overlay, Family family, const KeyRange& range,
                std::unique_ptr<Cursor> below)
      : overlay_(std::move(overlay)),
        ascends_(range.direction == Direction::ascending),
        left_(overlay_->within(family, range)),
        below_(std::move(below)) {
    find_place();
  }

  bool valid() const override { return !error() && (change_ != nullptr || below_->valid()); }
  std::string_view key() const override { return change_ ? change_->key : below_->key(); }
  std::string_view value() const override { return change_ ? *change_->value : below_->value(); }
  void next() override {
    if (change_)
      take_change();
    else
      below_->next();
    find_place();
  }
  std::optional<StorageError> error() const override { return below_->error(); }

 private:
  // The change that comes next in the direction of the scan; null: none is left.
  const RedoChange* next_change() const {
    if (left_.first == left_.last) return nullptr;
    return ascends_ ? &*left_.first : &*std::prev(left_.last);
  }
  void take_change() { ascends_ ? ++left_.first : --left_.last; }

  // Finds what stands here: a change, or (change_ is null) what is below.
  void find_place() {
    for (;;) {
      change_ = next_change();
      if (!change_ || !below_->valid()) {
        if (!change_ || change_->value) return;
        take_change();  // deletes what isn't there
        continue;
      }
      const int order = change_->key.compare(below_->key());
      if (ascends_ ? order > 0 : order < 0) {
        change_ = nullptr;
        return;
      }
      if (order == 0) below_->next();  // replaced or deleted
      if (change_->value) return;
      take_change();
    }
  }

  std::shared_ptr<const RedoOverlay> overlay_;
  bool ascends_;
  RedoOverlay::Range left_;
  std::unique_ptr<Cursor> below_;
  const RedoChange* change_ = nullptr;
};

}  // namespace

RedoOverlay::RedoOverlay(std::vector<std::string> entries) : entries_(std::move(entries)) {
  for (const std::string& entry : entries_) derived_.push_back(read_redo_changes(entry, changes_));
  keep_newest(changes_);
}

RedoOverlay::Iterator RedoOverlay::lower_bound(Family family, std::string_view key) const {
  return std::lower_bound(changes_.begin(), changes_.end(), std::pair{family, key},
                          [](const RedoChange& change, const auto& place) {
                            return std::pair{change.family, change.key} < place;
                          });
}

const RedoChange* RedoOverlay::find(Family family, std::string_view key) const {
  const auto found = lower_bound(family, key);
  const bool is_it = found != changes_.end() && found->family == family && found->key == key;
  return is_it ? &*found : nullptr;
}

RedoOverlay::Range RedoOverlay::within(Family family, const KeyRange& range) const {
  const auto behind_family = static_cast<Family>(static_cast<unsigned>(family) + 1);
  const auto first = lower_bound(family, range.lower);
  const auto last =
      range.upper.empty() ? lower_bound(behind_family, {}) : lower_bound(family, range.upper);
  return {first, std::max(first, last)};
}

std::unique_ptr<Cursor> read_through(std::shared_ptr<const RedoOverlay> overlay, Family family,
                                     const KeyRange& range, std::unique_ptr<Cursor> below) {
  return std::make_unique<OverlayCursor>(std::move(overlay), family, range, std::move(below));
}

}  // namespace usher
