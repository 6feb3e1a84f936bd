m4_include(common.m4)m4_dnl
M4_HASH_HEAD()m4_dnl
# M4_NAME(): a link-function library for NGINX.
#
#   make          lib[[]]M4_NAME().so
#   make test     unit tests on the mock runtime
#   make asan     the same under AddressSanitizer and UndefinedBehaviorSanitizer
#   make tsan     the same under ThreadSanitizer
#   make coverage the same, then the lines and branches that they reached
#   make fuzz     a minute of random requests (FUZZ_SECONDS=600 for more)
#   make check    what NGINX would trip over, said before deployment
#   make run      a real NGINX with the library (PORT=8080 for a fixed port)
#   make install  the library to $(DESTDIR)$(LIBDIR)
#   make compile_commands.json   for editors and clang tools

NAME := M4_NAME()
LIBRARY := lib$(NAME).so

PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
PKG_CONFIG ?= pkg-config
M4_CFLAGS() ?= -O2 -g
WARNINGS ?= -Wall -Wextra -pedantic -Werror

SOURCES := $(sort $(wildcard src/*.M4_SUFFIX()))
TESTS := $(sort $(wildcard tests/*.M4_SUFFIX()))
FUZZ_TARGETS := $(sort $(wildcard fuzz/*.M4_SUFFIX()))

# Evaluated when a recipe runs, so that `make clean` needs no SDK.
SDK_FLAGS = -std=M4_STANDARD() $(WARNINGS) $(shell $(PKG_CONFIG) --cflags ngx_link_func)
MOCK_FLAGS = $(shell $(PKG_CONFIG) --cflags ngx_link_func_mock cmocka)
MOCK_LIBDIR = $(shell $(PKG_CONFIG) --variable=libdir ngx_link_func_mock)
MOCK_LIBS = $(shell $(PKG_CONFIG) --libs ngx_link_func_mock cmocka) -Wl,-rpath,$(MOCK_LIBDIR)

LIBRARY_OBJECTS := $(SOURCES:%.M4_SUFFIX()=build/library/%.o)

all: $(LIBRARY)

$(LIBRARY): $(LIBRARY_OBJECTS)
	$(M4_CC()) -shared -Wl,-z,relro,-z,now $(LDFLAGS) -o $@ $(LIBRARY_OBJECTS) $(LDLIBS)

build/library/%.o: %.M4_SUFFIX() | sdk
	@mkdir -p $(@D)
	$(M4_CC()) $(SDK_FLAGS) $(CPPFLAGS) $(M4_CFLAGS()) -fPIC -MMD -MP -c -o $@ $<

# One test program for each way of building: build/WAY/test.
WAYS := plain asan tsan coverage
SANITIZE := -g -O1 -fno-omit-frame-pointer -fno-sanitize-recover=all
plain_flags := -g -O1
asan_flags := $(SANITIZE) -fsanitize=address,undefined
tsan_flags := $(SANITIZE) -fsanitize=thread
coverage_flags := -g -O0 --coverage

define test_program
build/$(1)/%.o: %.M4_SUFFIX() | sdk mock
	@mkdir -p $$(@D)
	$$(M4_CC()) $$(SDK_FLAGS) $$(MOCK_FLAGS) $$(CPPFLAGS) $$($(1)_flags) -MMD -MP -c -o $$@ $$<

build/$(1)/test: $$(SOURCES:%.M4_SUFFIX()=build/$(1)/%.o) $$(TESTS:%.M4_SUFFIX()=build/$(1)/%.o)
	$$(M4_CC()) $$($(1)_flags) $$(LDFLAGS) -o $$@ $$^ $$(MOCK_LIBS) $$(LDLIBS)
endef
$(foreach way,$(WAYS),$(eval $(call test_program,$(way))))

test: build/plain/test
	./build/plain/test

asan: build/asan/test
	./build/asan/test

tsan: build/tsan/test
	./build/tsan/test

coverage: build/coverage/test
	sh tests/coverage.sh build/coverage/test build/coverage

fuzz: | sdk mock
	PKG_CONFIG='$(PKG_CONFIG)' sh fuzz/run.sh

# The tools beside the SDK that pkg-config finds, else those on PATH.  A space in
# its path is escaped for the shell, as it is in all that pkg-config prints.
tool = $(shell path="$$($(PKG_CONFIG) --variable=prefix ngx_link_func)/bin/$(1)"; \
    eval "[ -x $$path ]" && printf '%s' "$$path" || echo $(1))
LINKFUNC_CHECK ?= $(call tool,linkfunc-check)
LINKFUNC_RUN ?= $(call tool,linkfunc-run)

check: $(LIBRARY) | sdk
	$(LINKFUNC_CHECK) --conf nginx.conf ./$(LIBRARY)

run: $(LIBRARY) | sdk
	exec $(LINKFUNC_RUN) $(if $(PORT),--port $(PORT)) .

# `install` makes a new file, so an NGINX that has the old one open is safe.
install: $(LIBRARY)
	install -D -m 755 $(LIBRARY) $(DESTDIR)$(LIBDIR)/$(LIBRARY)

# For a string of JSON between single quotes of the shell.
json = $(subst ','\'',$(subst ",\",$(subst \,\\,$(1))))
COMMAND = $(M4_CC()) $(SDK_FLAGS) $(MOCK_FLAGS) $(CPPFLAGS) $(M4_CFLAGS()) -c

compile_commands.json: Makefile $(SOURCES) $(TESTS) $(FUZZ_TARGETS) | sdk mock
	@{ separator='['; for file in $(SOURCES) $(TESTS) $(FUZZ_TARGETS); do \
	    printf '%s\n{"directory": "%s", "file": "%s", "command": "%s %s"}' "$$separator" '$(call json,$(CURDIR))' \
	        "$$file" '$(call json,$(COMMAND))' "$$file"; \
	    separator=','; \
	done; printf '\n]\n'; } > $@

# Say what is missing in pkg-config's own words, before a compiler does.
sdk:
	@$(PKG_CONFIG) --exists --print-errors ngx_link_func

mock:
	@$(PKG_CONFIG) --exists --print-errors ngx_link_func_mock cmocka

clean:
	rm -rf build $(LIBRARY) compile_commands.json

-include $(foreach way,library $(WAYS),$(SOURCES:%.M4_SUFFIX()=build/$(way)/%.d) $(TESTS:%.M4_SUFFIX()=build/$(way)/%.d))

.PHONY: all test asan tsan coverage fuzz check run install sdk mock clean
