#include "metrics/basic_auth.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

#include <crypt.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "metrics/password_file.h"

namespace roomkeeper::metrics {
namespace {

using policies::ErrorCode;
using policies::fail;
using policies::Result;
using namespace std::chrono_literals;

using Digest = std::array<unsigned char, 32>;

/// Known logins: more than people who look at one Roomkeeper at the same time.
constexpr std::size_t known_max = 64;
constexpr policies::Nanoseconds failure_refill = 1s;
constexpr policies::Nanoseconds hashing_wait = 1s;
/// A header is bounded by the request; credentials are at most two texts and the colon.
constexpr std::size_t credentials_max = 2 * login_text_max + 1;

std::optional<unsigned> base64_digit(char c) {
  if (c >= 'A' && c <= 'Z') return static_cast<unsigned>(c - 'A');
  if (c >= 'a' && c <= 'z') return static_cast<unsigned>(c - 'a') + 26;
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0') + 52;
  if (c == '+') return 62U;
  if (c == '/') return 63U;
  return std::nullopt;
}

std::optional<std::string> decode_base64(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string decoded;
  unsigned bits = 0;
  int count = 0;
  for (const char c : text) {
    const auto digit = base64_digit(c);
    if (!digit) return std::nullopt;
    bits = (bits << 6U | *digit) & 0xFFFFFFU;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    decoded += static_cast<char>((bits >> static_cast<unsigned>(count)) & 0xFFU);
  }
  return decoded;
}

bool equal(const Digest& a, const Digest& b) {
  return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

/// Of at most so many bytes, whose number may be known.
bool equal(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string hashed_as(const std::string& password, const std::string& hash) {
  crypt_data data{};
  const char* const text = crypt_r(password.c_str(), hash.c_str(), &data);
  // A failure is told by a text that begins with `*`, which no hash does.
  return text == nullptr ? std::string() : std::string(text);
}

}  // namespace

std::string basic_credentials(std::string_view authorization) {
  constexpr std::string_view scheme = "basic ";
  if (authorization.size() <= scheme.size()) return {};
  const bool is_basic =
      std::equal(scheme.begin(), scheme.end(), authorization.begin(), [](char expected, char c) {
        return expected == static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      });
  if (!is_basic) return {};
  authorization.remove_prefix(scheme.size());
  while (authorization.starts_with(' ')) authorization.remove_prefix(1);
  if (authorization.size() > credentials_max * 2) return {};
  auto text = decode_base64(authorization);
  // crypt(3) would stop at a zero byte and take what stands before it.
  if (!text || text->size() > credentials_max || text->find('\0') != std::string::npos) return {};
  return text->find(':') == std::string::npos ? std::string() : std::move(*text);
}

struct BasicAuth::State {
  std::string path;
  Now now;
  OnChange on_change;
  Digest key{};

  mutable std::mutex mutex;
  std::shared_ptr<const PasswordFile> file;
  std::string seen_version;  ///< the last one that was read, good or bad
  std::deque<Digest> known;
  double failures_left = failures_max;
  policies::MonoTime refilled{};
  std::timed_mutex hashing;  ///< one at a time: hashes cost processor time by design

  Digest digest_of(std::string_view text) const;
  void read_again();
  bool is_known(const Digest& digest);
  bool may_fail_once_more();
  bool matches(const PasswordFile& passwords, const std::string& credentials) const;
};

Digest BasicAuth::State::digest_of(std::string_view text) const {
  Digest digest{};
  unsigned length = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       // A byte is a byte: what HMAC takes is unsigned.
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &length);
  return digest;
}

void BasicAuth::State::read_again() {
  const std::string version = password_file_version(path);
  std::string error;
  {
    const std::lock_guard lock(mutex);
    if (version == seen_version) return;
    seen_version = version;
    auto read = read_password_file(path);
    if (read) {
      file = std::make_shared<const PasswordFile>(std::move(*read));
      known.clear();
    } else {
      error = read.error().text;
    }
  }
  if (on_change) on_change(error);
}

bool BasicAuth::State::is_known(const Digest& digest) {
  const std::lock_guard lock(mutex);
  bool found = false;
  for (const Digest& one : known) found = equal(one, digest) || found;
  return found;
}

bool BasicAuth::State::may_fail_once_more() {
  const std::lock_guard lock(mutex);
  const policies::MonoTime at = now();
  const double refill = std::chrono::duration<double>(at - refilled) / failure_refill;
  failures_left = std::min(static_cast<double>(failures_max), failures_left + refill);
  refilled = at;
  if (failures_left < 1) return false;
  failures_left -= 1;
  return true;
}

/// As long for a name that is not there as for a wrong password.
bool BasicAuth::State::matches(const PasswordFile& passwords,
                               const std::string& credentials) const {
  const std::size_t colon = credentials.find(':');
  const std::string_view user = std::string_view(credentials).substr(0, colon);
  const std::string password = credentials.substr(colon + 1);
  const Login* named = nullptr;
  for (const Login& login : passwords.logins) {
    if (equal(login.user, user)) named = &login;
  }
  const Login& tried = named == nullptr ? passwords.logins.front() : *named;
  const bool right = tried.hashed() ? equal(hashed_as(password, tried.secret), tried.secret)
                                    : equal(digest_of(password), digest_of(tried.secret));
  return right && named != nullptr;
}

BasicAuth::BasicAuth() : state_(std::make_unique<State>()) {}
BasicAuth::~BasicAuth() = default;

Result<std::shared_ptr<BasicAuth>> BasicAuth::open(const std::string& path, Now now,
                                                   OnChange on_change) {
  auto file = read_password_file(path);
  if (!file) return policies::pass(std::move(file).error());
  std::shared_ptr<BasicAuth> auth(new BasicAuth());
  State& state = *auth->state_;
  if (RAND_bytes(state.key.data(), static_cast<int>(state.key.size())) != 1)
    return fail(ErrorCode::internal, "the system has no random numbers to give");
  state.path = path;
  state.now = std::move(now);
  state.on_change = std::move(on_change);
  state.seen_version = file->version;
  state.file = std::make_shared<const PasswordFile>(std::move(*file));
  state.refilled = state.now();
  return auth;
}

LoginVerdict BasicAuth::check(std::string_view authorization) {
  state_->read_again();
  const std::string credentials = basic_credentials(authorization);
  // Nothing to check costs nothing: a browser asks without credentials first.
  if (credentials.empty()) return LoginVerdict::bad;
  const Digest digest = state_->digest_of(credentials);
  if (state_->is_known(digest)) return LoginVerdict::good;
  if (!state_->may_fail_once_more()) return LoginVerdict::busy;
  const std::unique_lock hashing(state_->hashing, hashing_wait);
  if (!hashing.owns_lock()) return LoginVerdict::busy;
  std::shared_ptr<const PasswordFile> file;
  {
    const std::lock_guard lock(state_->mutex);
    file = state_->file;
  }
  if (!state_->matches(*file, credentials)) return LoginVerdict::bad;
  const std::lock_guard lock(state_->mutex);
  state_->failures_left += 1;                          // it was no failure
  if (state_->file != file) return LoginVerdict::bad;  // changed meanwhile: asked again
  if (state_->known.size() >= known_max) state_->known.pop_front();
  state_->known.push_back(digest);
  return LoginVerdict::good;
}

bool BasicAuth::world_readable() const {
  const std::lock_guard lock(state_->mutex);
  return state_->file->world_readable;
}

}  // namespace roomkeeper::metrics
