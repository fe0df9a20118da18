# How our own code is compiled: warnings as errors, hardening in release, sanitizers on request.
add_library(traceway_options INTERFACE)
target_compile_options(traceway_options INTERFACE -Wall -Wextra -Wshadow -Wconversion -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # g++ 12 reports impossible lengths inside std::string when it inlines it (GCC bugs 105329, 105651).
  target_compile_options(traceway_options INTERFACE -Wno-array-bounds -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # std::stable_sort of libstdc++ 12 uses a function that libstdc++ itself deprecates; clang says so at every use.
  target_compile_options(traceway_options INTERFACE -Wno-deprecated-declarations)
endif()
target_compile_definitions(traceway_options INTERFACE TRACEWAY_VERSION="${PROJECT_VERSION}")
if(TRACEWAY_SANITIZE)
  # g++ 12 sees through instrumented std::string moves and warns of what cannot happen; release builds keep the warnings.
  target_compile_options(traceway_options INTERFACE -fsanitize=${TRACEWAY_SANITIZE} -fno-omit-frame-pointer -g1 -O1
    -Wno-array-bounds -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread -Wno-maybe-uninitialized)
  target_link_options(traceway_options INTERFACE -fsanitize=${TRACEWAY_SANITIZE})
elseif(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_options(traceway_options INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong)
  target_compile_definitions(traceway_options INTERFACE _GLIBCXX_ASSERTIONS)
  target_link_options(traceway_options INTERFACE -pie -Wl,-z,relro,-z,now)
endif()
find_program(TRACEWAY_CCACHE ccache)
if(TRACEWAY_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${TRACEWAY_CCACHE})
endif()
