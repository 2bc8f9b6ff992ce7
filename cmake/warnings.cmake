# Linked by every target of ours, by nothing else: warnings, and the hardening a daemon ships with.
add_library(roomkeeper_warnings INTERFACE)
target_compile_options(roomkeeper_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion
  -Wnon-virtual-dtor -Wold-style-cast -Wundef -fstack-protector-strong)
# Optimising GCC 12 finds overlaps and uninitialised members inside std::string and tl::expected that are not there (GCC bugs
# 105651, 105562). Debug builds and clang-tidy keep both kinds of check.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
  target_compile_options(roomkeeper_warnings INTERFACE -Wno-restrict -Wno-maybe-uninitialized)
endif()
if(ROOMKEEPER_WERROR)
  target_compile_options(roomkeeper_warnings INTERFACE -Werror)
endif()
# What is wrong with an index or a key ends the program where it happens, in Release too, instead of reading what lies there.
target_compile_definitions(roomkeeper_warnings INTERFACE _GLIBCXX_ASSERTIONS)
target_compile_options(roomkeeper_warnings INTERFACE
  "-DJSON_ASSERT(condition)=((condition) ? static_cast<void>(0) : __builtin_trap())")
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_definitions(roomkeeper_warnings INTERFACE _FORTIFY_SOURCE=2)
endif()
include(CheckCXXCompilerFlag)
foreach(flag -fstack-clash-protection -fcf-protection)
  string(MAKE_C_IDENTIFIER "ROOMKEEPER_HAS${flag}" has)
  check_cxx_compiler_flag(${flag} ${has})
  if(${has})
    target_compile_options(roomkeeper_warnings INTERFACE ${flag})
  endif()
endforeach()
target_link_options(roomkeeper_warnings INTERFACE -Wl,-z,relro -Wl,-z,now)
