m4_include(common.m4)m4_dnl
M4_HASH_HEAD()m4_dnl
# M4_NAME(): a link-function library for NGINX.
#
#   cmake -B build && cmake --build build    build/lib[[]]M4_NAME().so, and its tests
#   ctest --test-dir build                   unit tests on the mock runtime
#   cmake --build build --target TARGET, which is
#     asan       the tests under AddressSanitizer and UndefinedBehaviorSanitizer
#     tsan       the same under ThreadSanitizer
#     coverage   the same, then the lines and branches that they reached
#     fuzz       a minute of random requests (FUZZ_SECONDS=600 for more)
#     check      what NGINX would trip over, said before deployment
#     run        a real NGINX with the library (PORT=8080 for a fixed port)
#   cmake --install build                    the library to PREFIX/lib

cmake_minimum_required(VERSION 3.20)
project(M4_NAME() LANGUAGES M4_CMAKE_LANGUAGE())

set(WARNINGS -Wall -Wextra -pedantic -Werror CACHE STRING "Warnings of the compiler")

set(CMAKE_[[]]M4_CMAKE_LANGUAGE()_STANDARD M4_CMAKE_STANDARD())
set(CMAKE_[[]]M4_CMAKE_LANGUAGE()_STANDARD_REQUIRED ON)
set(CMAKE_[[]]M4_CMAKE_LANGUAGE()_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE RelWithDebInfo)
endif()

include(GNUInstallDirs)
find_package(PkgConfig REQUIRED)
pkg_check_modules(LINKFUNC REQUIRED IMPORTED_TARGET ngx_link_func)
pkg_check_modules(MOCK REQUIRED IMPORTED_TARGET ngx_link_func_mock cmocka)

add_compile_options(${WARNINGS})
file(GLOB sources CONFIGURE_DEPENDS src/*.M4_SUFFIX())
file(GLOB tests CONFIGURE_DEPENDS tests/*.M4_SUFFIX())
file(GLOB fuzz_targets CONFIGURE_DEPENDS fuzz/*.M4_SUFFIX())

add_library(handlers MODULE ${sources})
set_target_properties(handlers PROPERTIES OUTPUT_NAME M4_NAME())
target_link_libraries(handlers PRIVATE PkgConfig::LINKFUNC)
target_link_options(handlers PRIVATE -Wl,-z,relro,-z,now)
install(TARGETS handlers LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})

# One test program for each way of building: build/test-WAY.
function(add_test_program way)
    add_executable(test-${way} EXCLUDE_FROM_ALL ${sources} ${tests})
    target_compile_options(test-${way} PRIVATE -g ${ARGN})
    target_link_options(test-${way} PRIVATE ${ARGN})
    target_link_libraries(test-${way} PRIVATE PkgConfig::MOCK)
endfunction()
set(sanitize -O1 -fno-omit-frame-pointer -fno-sanitize-recover=all)
add_test_program(plain -O1)
add_test_program(asan ${sanitize} -fsanitize=address,undefined)
add_test_program(tsan ${sanitize} -fsanitize=thread)
add_test_program(coverage -O0 --coverage)

enable_testing()
set_target_properties(test-plain PROPERTIES EXCLUDE_FROM_ALL OFF)
add_test(NAME M4_NAME() COMMAND test-plain)
add_custom_target(asan COMMAND test-asan USES_TERMINAL)
add_custom_target(tsan COMMAND test-tsan USES_TERMINAL)
add_custom_target(coverage COMMAND sh ${PROJECT_SOURCE_DIR}/tests/coverage.sh $<TARGET_FILE:test-coverage>
    CMakeFiles/test-coverage.dir USES_TERMINAL)

# Compiled by the script itself, which needs Clang; here only for editors.
add_library(fuzz-targets OBJECT EXCLUDE_FROM_ALL ${fuzz_targets})
target_link_libraries(fuzz-targets PRIVATE PkgConfig::MOCK)
add_custom_target(fuzz COMMAND sh ${PROJECT_SOURCE_DIR}/fuzz/run.sh USES_TERMINAL)

# The tools beside the SDK that pkg-config finds, else those on PATH.
find_program(LINKFUNC_CHECK linkfunc-check HINTS ${LINKFUNC_PREFIX}/bin)
find_program(LINKFUNC_RUN linkfunc-run HINTS ${LINKFUNC_PREFIX}/bin)
add_custom_target(check COMMAND ${LINKFUNC_CHECK} --conf nginx.conf $<TARGET_FILE:handlers>
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} USES_TERMINAL)
add_custom_target(run COMMAND sh -c "exec '${LINKFUNC_RUN}' \${PORT:+--port \$PORT} ."
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} DEPENDS handlers USES_TERMINAL VERBATIM)
