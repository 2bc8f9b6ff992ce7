#include "sidecar/nats/sax_walk.h"

#include <vector>

#include <nlohmann/json.hpp>

namespace roomkeeper::sidecar::nats {

/// Keeps the nesting; what lies inside of a skipped container is only counted.
class SaxEvents final : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit SaxEvents(SaxWalk& walk) : walk_(walk) {}

  bool null() override { return true; }
  bool boolean(bool value) override { return skipped_ > 0 || walk_.flag(place(), here(), value); }
  bool number_integer(std::int64_t value) override {
    if (value < 0) return number({true, true, value, 0});
    return number({true, false, 0, static_cast<std::uint64_t>(value)});
  }
  bool number_unsigned(std::uint64_t value) override { return number({true, false, 0, value}); }
  bool number_float(double, const std::string&) override { return number({}); }
  bool string(std::string& value) override {
    return skipped_ > 0 || walk_.text(place(), here(), value);
  }
  bool binary(nlohmann::json::binary_t&) override { return true; }
  bool start_object(std::size_t) override { return begin(false); }
  bool key(std::string& value) override {
    if (skipped_ == 0) key_.swap(value);
    return true;
  }
  bool end_object() override { return end(); }
  bool start_array(std::size_t) override { return begin(true); }
  bool end_array() override { return end(); }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception&) override {
    return walk_.refuse("not JSON at byte " + std::to_string(position));
  }

 private:
  struct Frame {
    int place = 0;
    bool is_array = false;
  };

  int place() const { return frames_.empty() ? 0 : frames_.back().place; }
  std::string_view here() const {
    return frames_.empty() || frames_.back().is_array ? std::string_view() : std::string_view(key_);
  }
  bool number(const SaxNumber& value) {
    return skipped_ > 0 || walk_.number(place(), here(), value);
  }

  bool begin(bool is_array) {
    if (skipped_ > 0) {
      ++skipped_;
      return true;
    }
    const int entered = walk_.enter(place(), here(), is_array);
    if (entered == SaxWalk::skip) {
      skipped_ = 1;
    } else {
      frames_.push_back(Frame{entered, is_array});
    }
    return walk_.error_.empty();
  }

  bool end() {
    if (skipped_ > 0) {
      --skipped_;
      return true;
    }
    const int left = frames_.back().place;
    frames_.pop_back();
    return walk_.leave(left);
  }

  SaxWalk& walk_;
  std::vector<Frame> frames_;
  std::size_t skipped_ = 0;  ///< depth inside of a skipped container
  std::string key_;
};

policies::Result<> SaxWalk::read(std::string_view json) {
  SaxEvents events(*this);
  bool is_whole = false;
  try {
    is_whole = nlohmann::json::sax_parse(json.begin(), json.end(), &events);
  } catch (const std::exception& problem) {
    return policies::fail(policies::ErrorCode::internal, problem.what());
  }
  if (is_whole) return {};
  return policies::fail(policies::ErrorCode::internal,
                        error_.empty() ? "a broken JSON reply" : error_);
}

}  // namespace roomkeeper::sidecar::nats
