# Functions of libc, and operators of C++, that handlers reach through the mock: what --wrap is given,
# and what src/mock_hook.c puts into the slots of a library.
set(LINKFUNC_WRAPPED
    malloc calloc realloc reallocarray free strdup strndup posix_memalign aligned_alloc
    getline getdelim __getdelim asprintf vasprintf __asprintf_chk __vasprintf_chk
    _Znwm _Znam _ZnwmRKSt9nothrow_t _ZnamRKSt9nothrow_t _ZnwmSt11align_val_t _ZnamSt11align_val_t
    _ZnwmSt11align_val_tRKSt9nothrow_t _ZnamSt11align_val_tRKSt9nothrow_t
    _ZdlPv _ZdaPv _ZdlPvm _ZdaPvm _ZdlPvSt11align_val_t _ZdaPvSt11align_val_t
    _ZdlPvmSt11align_val_t _ZdaPvmSt11align_val_t _ZdlPvRKSt9nothrow_t _ZdaPvRKSt9nothrow_t
    _ZdlPvSt11align_val_tRKSt9nothrow_t _ZdaPvSt11align_val_tRKSt9nothrow_t)

# Of the table of those that wait.
set(waits ${CMAKE_CURRENT_SOURCE_DIR}/src/mock_waits.h)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${waits})
file(STRINGS ${waits} entries REGEX "^WAIT\\(")
foreach(entry IN LISTS entries)
    string(REGEX REPLACE "^WAIT\\([a-z0-9_]+, [A-Za-z_]+( [a-z*]+)*( \\*)?, ([a-z0-9_]+),.*" "\\3" symbol "${entry}")
    list(APPEND LINKFUNC_WRAPPED ${symbol})
endforeach()
list(TRANSFORM LINKFUNC_WRAPPED PREPEND "-Wl,--wrap=" OUTPUT_VARIABLE LINKFUNC_WRAP_OPTIONS)
list(JOIN LINKFUNC_WRAP_OPTIONS " " LINKFUNC_WRAP_FLAGS)

# For handlers that are linked into a test.
add_library(ngx_link_func_mock_wrap INTERFACE)
add_library(ngx_link_func::mock_wrap ALIAS ngx_link_func_mock_wrap)
target_link_libraries(ngx_link_func_mock_wrap INTERFACE ngx_link_func_mock)
target_link_options(ngx_link_func_mock_wrap INTERFACE ${LINKFUNC_WRAP_OPTIONS})
set_target_properties(ngx_link_func_mock_wrap PROPERTIES EXPORT_NAME mock_wrap)
