# Handlers that reach libc through the mock, loaded and linked in.
add_library(mock_library_libc MODULE libc_handlers.c)
target_link_libraries(mock_library_libc PRIVATE ngx_link_func)
target_link_options(mock_library_libc PRIVATE -Wl,-z,undefs -Wl,-z,relro -Wl,-z,now)
linkfunc_cmocka_test(mock test_mock_findings_libc SOURCES test_findings_libc.c libc_handlers.c
    LIBRARIES ngx_link_func_mock_wrap DEPENDS mock_library_libc)
foreach(target mock_library_libc test_mock_findings_libc)
    target_compile_definitions(${target} PRIVATE _GNU_SOURCE LIBRARY="$<TARGET_FILE:mock_library_libc>")
endforeach()

linkfunc_cmocka_test(mock test_mock_blocking SOURCES test_blocking.c LIBRARIES ngx_link_func_mock_wrap)
# Its rows are those of the mock's own table.
target_include_directories(test_mock_blocking PRIVATE ${PROJECT_SOURCE_DIR}/mock-runtime/src)
linkfunc_cmocka_test(mock test_mock_sweep SOURCES test_sweep.c LIBRARIES ngx_link_func_mock_wrap)
target_compile_definitions(test_mock_sweep PRIVATE _GNU_SOURCE)
