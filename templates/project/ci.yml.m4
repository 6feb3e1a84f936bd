m4_include(common.m4)m4_dnl
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
          apt-get install -y --no-install-recommends ca-certificates git
      - uses: actions/checkout@v4
      - name: Install the SDK
        run: |
          git clone --depth 1 "${{ vars.LINKFUNC_SDK }}" /tmp/sdk
          cd /tmp/sdk
          tools/install-deps
          cmake --preset release
          cmake --build --preset release
          cmake --install build/release --prefix /usr
      - run: make
      - run: make test
      - run: make asan
      - run: make tsan
