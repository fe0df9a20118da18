# Every third-party library, once. Debian's packages; the list with reasons is in src/README.md.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
# cpp-httplib changes the shape of its types with its pkg-config flags: every target gets them.
pkg_check_modules(deps REQUIRED IMPORTED_TARGET
  cpp-httplib sqlite3 simdjson libsodium re2 fmt spdlog libdeflate zlib libzstd libxxhash)
find_library(SQLITECPP_LIBRARY SQLiteCpp REQUIRED)
add_library(traceway_dependencies INTERFACE)
target_link_libraries(traceway_dependencies INTERFACE PkgConfig::deps ${SQLITECPP_LIBRARY} Threads::Threads)
target_compile_definitions(traceway_dependencies INTERFACE PROTOZERO_USE_VIEW=std::string_view)
