/* A HAR file as linkfunc-call reads it. */

#include <setjmp.h>
#include <stdio.h>
#include <unistd.h>

#include "call.h"
#include "file.h"
#include "fuzz.h"

/* Its own is in main.c. */
const cli_t call_cli = {.name = "har"};

/* What NGINX would refuse ends the tool with a message, and the file as it is
 * being read stays behind. */
const char *__asan_default_options(void);

const char *__asan_default_options(void) {
    return "detect_leaks=0";
}

static jmp_buf refused;

static void refuse(const char *message) {
    fuzz_check(message[0] != '\0');
    longjmp(refused, 1);
}

static int visit(ngx_link_func_mock_request_t *request, void *data) {
    (void) request;
    ++*(int *) data;
    return 0;
}

static void replay(ngx_link_func_mock_t *mock, const char *path) {
    int visited = 0;

    ngx_link_func_mock_on_failure(refuse);
    if (setjmp(refused) == 0) {
        int count = call_replay(mock, path, visit, &visited);

        fuzz_check(count == -1 || visited == count);
    }
    ngx_link_func_mock_on_failure(NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    ngx_link_func_mock_t *mock = ngx_link_func_mock_new();
    char name[64];

    (void) snprintf(name, sizeof(name), "input-%d.har", (int) getpid());
    (void) unlink(name);
    fuzz_check(symlink(fuzz_file(data, size), name) == 0);
    replay(mock, name);
    (void) unlink(name);
    ngx_link_func_mock_free(mock);
    return 0;
}
