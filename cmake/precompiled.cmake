# The standard library, GoogleTest and the JSON parser, parsed once instead of in each of several hundred files: a fifth of
# the compilation. A source file still includes what it uses, and may be compiled without any of this: `make lint` does that
# to every .cc file, -DROOMKEEPER_PCH=OFF to a whole build.
# The presets release and ci turn it on; measured with GCC only, so other compilers go without.
option(ROOMKEEPER_PCH "precompile the headers of others (GCC)" OFF)
if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  set(ROOMKEEPER_PCH OFF)
endif()

if(ROOMKEEPER_PCH AND CCACHE_PROGRAM)
  # Without this word ccache leaves alone whatever uses a precompiled header.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE_PROGRAM})
endif()

# Nothing of ours: a change of a header of ours rebuilds what includes it, not everything.
set(ROOMKEEPER_PCH_BASE
  <algorithm> <array> <chrono> <cstdint> <functional> <iterator> <limits> <map> <memory> <optional> <set> <sstream> <string>
  <string_view> <tuple> <utility> <variant> <vector> <date/tz.h> <tl/expected.hpp>)

# roomkeeper_pch(NAME HEADERS ... [LIBS ...] [OPTIONS ...]): a target that holds one precompiled header. GCC takes it only in
# files compiled with the same level of optimisation and the same of -fPIC and -fPIE (OPTIONS), and says so where it does not.
function(roomkeeper_pch name)
  cmake_parse_arguments(P "" "" "HEADERS;LIBS;OPTIONS" ${ARGN})
  if(ROOMKEEPER_PCH)
    file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/${name}.cc CONTENT "// Only the precompiled header counts.\n")
    add_library(${name} OBJECT EXCLUDE_FROM_ALL ${CMAKE_CURRENT_BINARY_DIR}/${name}.cc)
    target_link_libraries(${name} PRIVATE roomkeeper_warnings tl::expected date::date-tz ${P_LIBS})
    target_compile_options(${name} PRIVATE ${P_OPTIONS})
    target_precompile_headers(${name} PRIVATE ${P_HEADERS})
    if(CCACHE_PROGRAM)
      target_compile_options(${name} PRIVATE -fpch-preprocess)
    endif()
  endif()
endfunction()

# roomkeeper_use_pch(PCH TARGET...)
function(roomkeeper_use_pch pch)
  if(ROOMKEEPER_PCH)
    foreach(target IN LISTS ARGN)
      target_precompile_headers(${target} REUSE_FROM ${pch})
      # GCC 12 forgets where a precompiled header's code came from, and then finds in std::string what it keeps quiet about
      # otherwise. A build without precompiled headers keeps these checks.
      target_compile_options(${target} PRIVATE -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread)
      if(CCACHE_PROGRAM)
        target_compile_options(${target} PRIVATE -fpch-preprocess)
      endif()
    endforeach()
  endif()
endfunction()

roomkeeper_pch(roomkeeper_product_pch HEADERS ${ROOMKEEPER_PCH_BASE})
if(ROOMKEEPER_TESTS)
  # By the levels of tests/CMakeLists.txt: unit tests, optimised ones among them, and everything else that is a test.
  set(unit_options -fPIE -O0 -U_FORTIFY_SOURCE)
  set(some_options -fPIE -O1)
  if(NOT CMAKE_BUILD_TYPE STREQUAL "Release")
    set(unit_options -fPIE)
    set(some_options -fPIE)
  endif()
  set(gtest GTest::gtest GTest::gmock)
  roomkeeper_pch(roomkeeper_unit_pch HEADERS ${ROOMKEEPER_PCH_BASE} <gtest/gtest.h> <gmock/gmock.h>
    LIBS ${gtest} OPTIONS ${unit_options})
  roomkeeper_pch(roomkeeper_optimized_unit_pch HEADERS ${ROOMKEEPER_PCH_BASE} <gtest/gtest.h> <gmock/gmock.h>
    LIBS ${gtest} OPTIONS -fPIE)
  roomkeeper_pch(roomkeeper_test_pch HEADERS ${ROOMKEEPER_PCH_BASE} <gtest/gtest.h> <gmock/gmock.h> <nlohmann/json.hpp>
    LIBS ${gtest} nlohmann_json::nlohmann_json OPTIONS ${some_options})
endif()
