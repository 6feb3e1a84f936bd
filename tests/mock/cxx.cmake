# Handlers in C++, loaded by a program in C, and linked into one.
enable_language(CXX)

add_library(mock_library_cxx MODULE cxx_handlers.cc)
target_link_options(mock_library_cxx PRIVATE -Wl,-z,undefs -Wl,-z,relro -Wl,-z,now)
add_library(mock_cxx_handlers OBJECT cxx_handlers.cc)
foreach(target mock_library_cxx mock_cxx_handlers)
    target_link_libraries(${target} PRIVATE ngx_link_func)
    target_compile_features(${target} PRIVATE cxx_std_17)
    target_compile_options(${target} PRIVATE -fno-optimize-sibling-calls)
endforeach()

linkfunc_cmocka_test(mock test_mock_findings_cxx SOURCES test_findings_cxx.c
    LIBRARIES ngx_link_func_mock_wrap mock_cxx_handlers DEPENDS mock_library_cxx)
target_compile_definitions(test_mock_findings_cxx PRIVATE _GNU_SOURCE LIBRARY="$<TARGET_FILE:mock_library_cxx>")
