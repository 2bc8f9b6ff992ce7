// Loaded into a program by LD_PRELOAD: where it opens the file named by ZONE_SWAP_FROM it gets
// the one named by ZONE_SWAP_TO. So the real program meets a local midnight when a test wants it.
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <dlfcn.h>

namespace {

using Open = std::FILE* (*)(const char*, const char*);

const char* swapped(const char* path) {
  const char* from = std::getenv("ZONE_SWAP_FROM");
  const char* to = std::getenv("ZONE_SWAP_TO");
  return from != nullptr && to != nullptr && std::strcmp(path, from) == 0 ? to : path;
}

}  // namespace

extern "C" std::FILE* fopen64(const char* path, const char* mode) {
  static const auto real = reinterpret_cast<Open>(dlsym(RTLD_NEXT, "fopen64"));
  return real(swapped(path), mode);
}
