m4_include(common.m4)m4_dnl
M4_HASH_HEAD()m4_dnl
# Builds and tests on every push.  Set the repository variable LINKFUNC_SDK to
# the Git URL of the ngx_link_func SDK.
name: ci

on: [push, pull_request]

jobs:
  test:
    runs-on: ubuntu-latest
    container: debian:12
    steps:
      - name: Install tools
        run: |
          apt-get update
          apt-get install -y --no-install-recommends ca-certificates clang libclang-rt-dev g++ git M4_BUILD_PACKAGES()
      - uses: actions/checkout@v4
      - name: Install the SDK
        run: |
          git clone --depth 1 "${{ vars.LINKFUNC_SDK }}" /tmp/sdk
          cd /tmp/sdk
          tools/install-deps
          cmake --preset release
          cmake --build --preset release
          cmake --install build/release --prefix /usr
      - run: M4_SET_UP()
      - run: M4_TEST()
      - run: M4_TARGET(asan)
      - run: M4_TARGET(tsan)
      - run: M4_TARGET(check)
      - run: FUZZ_SECONDS=30 M4_TARGET(fuzz)
