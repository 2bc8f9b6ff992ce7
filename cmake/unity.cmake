# Several source files of a target compiled as one: what they include is parsed once, which takes a third to a half off a
# build from nothing. A change of one file then compiles its neighbours again, and clang-tidy wants single files; so only the
# preset `ci`, which builds from nothing, turns it on. Measured with GCC only, so other compilers go without.
#
# Files that share an anonymous namespace and `using` declarations must not give one name two meanings. The batches shift when
# a file is added, so that holds for all files of a target, not only for those that are neighbours today.
option(ROOMKEEPER_UNITY "compile several source files as one (GCC)" OFF)
if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  set(ROOMKEEPER_UNITY OFF)
endif()

if(ROOMKEEPER_UNITY)
  set(CMAKE_UNITY_BUILD ON)
  set(CMAKE_UNITY_BUILD_BATCH_SIZE 12)
  # A neighbour's constants are no more to a local variable than they are in a build of single files; and every class looks
  # like one of a header here. A build of single files keeps both checks.
  target_compile_options(roomkeeper_warnings INTERFACE -Wno-shadow -Wshadow=local -Wno-subobject-linkage)
endif()
