// X.509 certificates made at test time: authorities, and what they issue to servers and clients.
// Thread: any.
#ifndef ROOMKEEPER_TESTS_SUPPORT_CERTIFICATES_H_
#define ROOMKEEPER_TESTS_SUPPORT_CERTIFICATES_H_

#include <chrono>
#include <memory>
#include <string>

namespace roomkeeper::testing {

/// As PEM.
struct Certificate {
  std::string certificate;
  std::string key;
};

struct CertificateOptions {
  std::string name = "server";                              ///< CN
  std::string hosts = "IP:127.0.0.1,IP:::1,DNS:localhost";  ///< subjectAltName
  std::chrono::seconds from = std::chrono::hours(-48);      ///< from now on; negative: past
  std::chrono::seconds until = std::chrono::hours(24);
};

/// A certificate authority with a key of its own; throws when OpenSSL does not do it.
class Authority {
 public:
  explicit Authority(const std::string& name = "authority");
  ~Authority();
  Authority(const Authority&) = delete;
  Authority& operator=(const Authority&) = delete;

  std::string certificate() const;  ///< PEM
  Certificate issue(const CertificateOptions& options = {}) const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_SUPPORT_CERTIFICATES_H_
