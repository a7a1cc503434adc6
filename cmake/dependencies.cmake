# Debian 12's libraries, each behind one interface target dep_*. Packages: deploy/packages.txt.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(spdlog REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED)

pkg_check_modules(curl REQUIRED IMPORTED_TARGET libcurl)
pkg_check_modules(httplib REQUIRED IMPORTED_TARGET cpp-httplib)
pkg_check_modules(icu REQUIRED IMPORTED_TARGET icu-uc)
pkg_check_modules(yaml REQUIRED IMPORTED_TARGET yaml-cpp)

function(usher_dependency name)
  add_library(${name} INTERFACE)
  target_link_libraries(${name} INTERFACE ${ARGN})
endfunction()

# CAF 0.17.6 ships no CMake package and no pkg-config file.
find_library(CAF_CORE caf_core REQUIRED)
find_library(ROCKSDB rocksdb REQUIRED)
find_library(JEMALLOC jemalloc REQUIRED)

usher_dependency(dep_expected)  # libexpected-dev: header only, in /usr/include
usher_dependency(dep_caf ${CAF_CORE} Threads::Threads)
usher_dependency(dep_rocksdb ${ROCKSDB} Threads::Threads)
usher_dependency(dep_crypto OpenSSL::Crypto)
usher_dependency(dep_ssl OpenSSL::SSL OpenSSL::Crypto)
usher_dependency(dep_httplib PkgConfig::httplib)
usher_dependency(dep_icu PkgConfig::icu)
usher_dependency(dep_curl PkgConfig::curl)
usher_dependency(dep_json nlohmann_json::nlohmann_json)
usher_dependency(dep_yaml PkgConfig::yaml)
usher_dependency(dep_log spdlog::spdlog)
usher_dependency(dep_prometheus prometheus-cpp::core)
usher_dependency(dep_malloc ${JEMALLOC})
usher_dependency(dep_toml)  # libtomlplusplus-dev: header only
usher_dependency(dep_cli)   # libcli11-dev: header only
usher_dependency(dep_asio Threads::Threads)
# Asio 1.22 decides about aligned_alloc by what was included before it, so each file for itself: what
# one allocated another would free in another way. Decided here, for all.
target_compile_definitions(dep_asio INTERFACE ASIO_STANDALONE ASIO_NO_DEPRECATED
                           ASIO_HAS_STD_ALIGNED_ALLOC=1)

if(USHER_TESTS)
  find_package(doctest REQUIRED)
  usher_dependency(dep_doctest doctest::doctest)
  pkg_check_modules(jwt REQUIRED IMPORTED_TARGET libjwt)
  usher_dependency(dep_jwt PkgConfig::jwt)
endif()
