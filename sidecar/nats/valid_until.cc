#include "sidecar/nats/valid_until.h"

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <limits>
#include <memory>

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <nlohmann/json.hpp>

#include "sidecar/nats/json_reply.h"
#include "sidecar/nats/secret_file.h"

namespace roomkeeper::sidecar::nats {
namespace {

using policies::WallTime;

/// The alphabet of URLs (RFC 4648, section 5), without padding.
std::optional<std::string> decode_base64url(std::string_view text) {
  if (text.find_first_of("+/=") != std::string_view::npos) return std::nullopt;
  std::string standard(text);
  std::replace(standard.begin(), standard.end(), '-', '+');
  std::replace(standard.begin(), standard.end(), '_', '/');
  return decode_base64(standard);
}

/// What a WallTime can hold, and later than no credential at all.
std::optional<WallTime> to_wall_time(std::int64_t seconds) {
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max() / 1'000'000'000;
  if (seconds <= 0 || seconds > most) return std::nullopt;
  return WallTime(std::chrono::seconds(seconds));
}

struct FreeCertificate {
  void operator()(BIO* bio) const noexcept { BIO_free(bio); }
  void operator()(X509* certificate) const noexcept { X509_free(certificate); }
};

}  // namespace

std::optional<WallTime> creds_valid_until(std::string_view creds) {
  std::string_view jwt = jwt_line(creds);
  const std::size_t head = jwt.find('.');
  if (head == std::string_view::npos) return std::nullopt;
  jwt.remove_prefix(head + 1);
  const auto claims = decode_base64url(jwt.substr(0, jwt.find('.')));
  if (!claims) return std::nullopt;
  const auto tree = parse_reply(*claims);
  if (!tree) return std::nullopt;
  const auto end = read_int(*tree, "exp");
  return end ? to_wall_time(*end) : std::nullopt;
}

std::optional<WallTime> certificate_valid_until(std::string_view pem) {
  if (pem.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) return std::nullopt;
  const std::unique_ptr<BIO, FreeCertificate> bio(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const std::unique_ptr<X509, FreeCertificate> certificate(
      bio ? PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr) : nullptr);
  // The thread's next TLS error must not be this one.
  ERR_clear_error();
  std::tm time{};
  if (!certificate || ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &time) != 1)
    return std::nullopt;
  return to_wall_time(::timegm(&time));
}

}  // namespace roomkeeper::sidecar::nats
