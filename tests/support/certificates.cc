#include "tests/support/certificates.h"

#include <array>
#include <stdexcept>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "sidecar/nats/openssl_exit.h"

namespace roomkeeper::testing {
namespace {

struct FreeX509 {
  void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const noexcept { X509_free(certificate); }
  void operator()(X509_EXTENSION* extension) const noexcept { X509_EXTENSION_free(extension); }
  void operator()(BIO* bio) const noexcept { BIO_free(bio); }
};
using KeyHandle = std::unique_ptr<EVP_PKEY, FreeX509>;
using X509Handle = std::unique_ptr<X509, FreeX509>;
using BioHandle = std::unique_ptr<BIO, FreeX509>;

void require(bool done, const char* what) {
  if (!done) throw std::runtime_error(std::string("OpenSSL: ") + what);
}

KeyHandle new_key() {
  sidecar::nats::keep_openssl_at_exit();
  KeyHandle key(EVP_EC_gen("P-256"));
  require(key != nullptr, "no key");
  return key;
}

std::string text_of(BIO* bio) {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio, &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

std::string pem_of(X509* certificate) {
  const BioHandle bio(BIO_new(BIO_s_mem()));
  require(bio && PEM_write_bio_X509(bio.get(), certificate) == 1, "no PEM");
  return text_of(bio.get());
}

std::string pem_of(EVP_PKEY* key) {
  const BioHandle bio(BIO_new(BIO_s_mem()));
  require(bio && PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr,
                                               nullptr) == 1,
          "no PEM");
  return text_of(bio.get());
}

void add_extension(X509* certificate, int kind, const std::string& value) {
  const std::unique_ptr<X509_EXTENSION, FreeX509> extension(
      X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str()));
  require(extension && X509_add_ext(certificate, extension.get(), -1) == 1, value.c_str());
}

/// Without issuer, extensions and signature.
X509Handle new_certificate(EVP_PKEY* key, const CertificateOptions& options) {
  X509Handle certificate(X509_new());
  std::array<unsigned char, 8> serial{};
  require(certificate && RAND_bytes(serial.data(), static_cast<int>(serial.size())) == 1,
          "no certificate");
  serial[0] &= 0x7FU;
  X509* const raw = certificate.get();
  std::uint64_t number = 0;
  for (const unsigned char byte : serial) number = number << 8U | byte;
  auto* const common_name = reinterpret_cast<const unsigned char*>(options.name.c_str());
  require(X509_set_version(raw, 2) == 1 &&
              ASN1_INTEGER_set_uint64(X509_get_serialNumber(raw), number) == 1 &&
              X509_gmtime_adj(X509_getm_notBefore(raw), options.from.count()) != nullptr &&
              X509_gmtime_adj(X509_getm_notAfter(raw), options.until.count()) != nullptr &&
              X509_set_pubkey(raw, key) == 1 &&
              X509_NAME_add_entry_by_txt(X509_get_subject_name(raw), "CN", MBSTRING_UTF8,
                                         common_name, -1, -1, 0) == 1,
          "no certificate");
  return certificate;
}

}  // namespace

struct Authority::Parts {
  KeyHandle key;
  X509Handle certificate;
};

Authority::Authority(const std::string& name) : parts_(std::make_unique<Parts>()) {
  parts_->key = new_key();
  CertificateOptions options;
  options.name = name;
  options.from = std::chrono::hours(-72);
  options.until = std::chrono::hours(48);
  parts_->certificate = new_certificate(parts_->key.get(), options);
  X509* const raw = parts_->certificate.get();
  add_extension(raw, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(raw, NID_key_usage, "critical,keyCertSign,cRLSign");
  require(X509_set_issuer_name(raw, X509_get_subject_name(raw)) == 1 &&
              X509_sign(raw, parts_->key.get(), EVP_sha256()) > 0,
          "no signature");
}

Authority::~Authority() = default;

std::string Authority::certificate() const {
  return pem_of(parts_->certificate.get());
}

Certificate Authority::issue(const CertificateOptions& options) const {
  const KeyHandle key = new_key();
  const X509Handle certificate = new_certificate(key.get(), options);
  X509* const raw = certificate.get();
  add_extension(raw, NID_subject_alt_name, options.hosts);
  add_extension(raw, NID_ext_key_usage, "serverAuth,clientAuth");
  require(X509_set_issuer_name(raw, X509_get_subject_name(parts_->certificate.get())) == 1 &&
              X509_sign(raw, parts_->key.get(), EVP_sha256()) > 0,
          "no signature");
  return {pem_of(raw), pem_of(key.get())};
}

}  // namespace roomkeeper::testing
