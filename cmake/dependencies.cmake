# Everything that Roomkeeper links, found once. Debian 12 package names stand in CONTRIBUTING.md.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
# Not find_package(cnats): Debian's config file names a static library that is not shipped.
pkg_check_modules(NATS REQUIRED IMPORTED_TARGET libnats>=3.4.1)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)  # what libnats links too
pkg_check_modules(CRYPT REQUIRED IMPORTED_TARGET libcrypt)  # hashes of http.basic_auth_file
find_package(nlohmann_json REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(Boost REQUIRED COMPONENTS program_options)
find_package(civetweb REQUIRED)
find_package(prometheus-cpp REQUIRED)
find_package(spdlog REQUIRED)
find_package(tl-expected REQUIRED)
find_package(date REQUIRED)
if(ROOMKEEPER_TESTS)
  find_package(GTest REQUIRED)
endif()
if(ROOMKEEPER_BENCH)
  find_package(benchmark REQUIRED)
endif()
