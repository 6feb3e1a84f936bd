m4_include(common.m4)m4_dnl
M4_HASH_HEAD()m4_dnl
# M4_NAME(): a link-function library for NGINX.
#
#   meson setup build && meson compile -C build   build/lib[[]]M4_NAME().so, and its tests
#   meson test -C build                           unit tests on the mock runtime
#   meson compile -C build TARGET, which is
#     asan    the tests under AddressSanitizer and UndefinedBehaviorSanitizer
#     tsan    the same under ThreadSanitizer
#     cover   the same, then the lines and branches that they reached
#             (Meson keeps the name "coverage" for itself)
#     fuzz    a minute of random requests (FUZZ_SECONDS=600 for more)
#     check   what NGINX would trip over, said before deployment
#     run     a real NGINX with the library (PORT=8080 for a fixed port)
#   meson install -C build                        the library to PREFIX/lib

project(
    'M4_NAME()',
    'M4_LANGUAGE()',
    meson_version: '>= 1.0',
m4_ifelse(M4_SPDX(), [[]], [[]], [[    license: 'M4_SPDX()',
]])m4_dnl
    default_options: [
        'M4_LANGUAGE()_std=M4_STANDARD()',
        'warning_level=3',
        'werror=true',
        'buildtype=debugoptimized',
    ],
)

sources = files('src/M4_NAME().M4_SUFFIX()')
tests = files('tests/test_[[]]M4_NAME().M4_SUFFIX()')
fuzz_targets = files('fuzz/fuzz_[[]]M4_NAME().M4_SUFFIX()')

sdk = dependency('ngx_link_func')
mock = [dependency('ngx_link_func_mock'), dependency('cmocka')]

handlers = shared_module(
    'lib[[]]M4_NAME()',
    sources,
    name_prefix: '',
    dependencies: sdk,
    link_args: '-Wl,-z,relro,-z,now',
    install: true,
)

# One test program for each way of building: build/test-WAY.
sanitize = ['-O1', '-fno-omit-frame-pointer', '-fno-sanitize-recover=all']
ways = {
    'plain': ['-O1'],
    'asan': sanitize + ['-fsanitize=address,undefined'],
    'tsan': sanitize + ['-fsanitize=thread'],
    'coverage': ['-O0', '--coverage'],
}
programs = {}
foreach way, flags : ways
    program = executable(
        'test-' + way,
        sources + tests,
        dependencies: mock,
        M4_LANGUAGE()_args: flags,
        link_args: flags,
        build_by_default: way == 'plain',
    )
    programs += {way: program}
endforeach

test('M4_NAME()', programs['plain'])
run_target('asan', command: programs['asan'])
run_target('tsan', command: programs['tsan'])
sh = find_program('sh')
run_target(
    'cover',
    command: [sh, files('tests/coverage.sh'), programs['coverage'], programs['coverage'].full_path() + '.p'],
)

# Compiled by the script itself, which needs Clang; here only for editors.
static_library('fuzz-targets', fuzz_targets, dependencies: mock, build_by_default: false)
run_target('fuzz', command: [sh, files('fuzz/run.sh')])

# The tools beside the SDK that pkg-config finds, else those on PATH.
bin = sdk.get_variable(pkgconfig: 'prefix') / 'bin'
linkfunc_check = find_program('linkfunc-check', dirs: bin)
linkfunc_run = find_program('linkfunc-run', dirs: bin)
run_target('check', command: [linkfunc_check, '--conf', files('nginx.conf'), handlers])
run_target(
    'run',
    command: [
        sh,
        '-c', 'cd "$1" && exec "$2" ${PORT:+--port $PORT} .',
        'sh', meson.current_source_dir(), linkfunc_run,
    ],
    depends: handlers,
)
