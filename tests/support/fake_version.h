// What a nats-server of some version can do and how it answers: only differences that were seen on
// real servers.
#ifndef ROOMKEEPER_TESTS_SUPPORT_FAKE_VERSION_H_
#define ROOMKEEPER_TESTS_SUPPORT_FAKE_VERSION_H_

#include <charconv>
#include <string>

namespace roomkeeper::testing {

struct FakeVersion {
  std::string text = "2.15.2";
  int minor = 15;

  static FakeVersion of(const std::string& text) {
    FakeVersion version{text, 0};
    const auto dot = text.find('.');
    if (dot != std::string::npos) {
      const char* begin = text.data() + dot + 1;
      std::from_chars(begin, text.data() + text.size(), version.minor);
    }
    return version;
  }

  /// `api.level` of `$JS.API.INFO`; 0: absent (before 2.11).
  int api_level() const {
    if (minor < 11) return 0;
    if (minor < 12) return 1;
    if (minor < 14) return 3;
    return minor < 15 ? 4 : 5;
  }
  bool has_start_time() const { return minor >= 11; }  ///< STREAM.MSG.GET {"start_time"}
  bool refuses_unknown_fields() const { return minor >= 12; }
  bool has_dynamic_metadata() const { return minor >= 11; }  ///< `_nats.ver` and the like
  bool can_change_max_consumers() const { return minor >= 11; }
};

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_SUPPORT_FAKE_VERSION_H_
