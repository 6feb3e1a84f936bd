/* Downloads are put in their places all together, or none of them is. */

#include "web.h"

#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static void in_web(const web_t *web, const char *command) {
    char text[256];

    (void) snprintf(text, sizeof(text), "cd '%s' && %s", web->web, command);
    assert_int_equal(system(text), 0); /* NOLINT(cert-env33-c): all paths are the test's own */
}

/* one.so comes at once, and two.so when the folder has a file "go". */
static nginx_config_t two_downloads(const web_t *web) {
    static char first[512], second[512];
    const char *url = web_url(origin_port(web->origin), "");

    (void) snprintf(
        first, sizeof(first),
        "server { listen 127.0.0.1:PORT; server_name first;\n"
        "ngx_link_func_download_link_lib %s/file/version.so %s/one.so;\n" CALL("/", "version") "}",
        url, web->dest);
    (void) snprintf(second, sizeof(second),
                    "server_name localhost; ngx_link_func_download_link_lib %s/paused/good.so "
                    "%s/two.so;\n" CALL("/", "fine"),
                    url, web->dest);
    return (nginx_config_t){.http = first, .server = second};
}

static void start_without_downloads(web_t *web) {
    in_web(web, "rm -f go");
    copy_library("versioned_2", web->web, "version.so");
    web->server = nginx_server_start(&(nginx_config_t){.server = "location / { return 200 old; }"});
}

/* Until the second one waits; there are that many names in the folder then. */
static void begin_reload(web_t *web, size_t names) {
    nginx_config_t config = two_downloads(web);

    nginx_server_reconfigure(web->server, &config);
    wait_for_dest_count(web, names);
}

static void end_reload(const web_t *web) {
    in_web(web, ": > go");
    nginx_server_wait_for_log(web->server, "gracefully shutting down");
    nginx_server_wait_for_log(web->server, "exited with code 0");
}

static struct stat status_of(const web_t *web, const char *name) {
    char path[64];
    struct stat info;

    (void) snprintf(path, sizeof(path), "%s/%s", web->dest, name);
    assert_int_equal(stat(path, &info), 0);
    return info;
}

static void make_folder(const web_t *web, const char *name) {
    char path[64];

    (void) snprintf(path, sizeof(path), "%s/%s", web->dest, name);
    assert_int_equal(mkdir(path, 0755), 0);
}

static void assert_first_serves(const web_t *web, const char *body) {
    wire_response_t *response =
        wire_request(nginx_server_port(web->server), "GET", "http://first/", NULL, NULL, 0);

    assert_string_equal(response->body, body);
    wire_free(response);
}

static void both_are_put_in_place_and_leave_nothing_beside(void **state) {
    web_t *web = *state;
    struct stat before;

    copy_library("versioned_1", web->dest, "one.so");
    before = status_of(web, "one.so");
    start_without_downloads(web);
    begin_reload(web, 3);
    end_reload(web);
    assert_int_equal(dest_count(web), 2);
    assert_int_not_equal(status_of(web, "one.so").st_ino, before.st_ino);
    assert_int_equal(status_of(web, "two.so").st_mode & 07777, 0755);
    assert_first_serves(web, "2");
    assert_get(web->server, "/", 200, "fine");
}

/* What is in its place has become a folder meanwhile.  The new code runs all
 * the same, from memory. */
static void file_that_was_there_is_put_back_when_the_second_has_no_place(void **state) {
    web_t *web = *state;
    struct stat before, after;

    copy_library("versioned_1", web->dest, "one.so");
    before = status_of(web, "one.so");
    start_without_downloads(web);
    nginx_server_expect_log(web->server, "/two.so\" failed (renaming its file)");
    begin_reload(web, 3);
    make_folder(web, "two.so");
    end_reload(web);
    nginx_server_wait_for_log(web->server, "/two.so\" failed (renaming its file)");
    after = status_of(web, "one.so");
    assert_int_equal(before.st_ino, after.st_ino);
    assert_int_equal(after.st_nlink, 1);
    assert_int_equal(dest_count(web), 2);
    assert_first_serves(web, "2");
    assert_get(web->server, "/", 200, "fine");
}

static void file_where_none_was_goes_when_the_second_has_no_place(void **state) {
    web_t *web = *state;

    start_without_downloads(web);
    nginx_server_expect_log(web->server, "/two.so\" failed (renaming its file)");
    begin_reload(web, 2);
    make_folder(web, "two.so");
    end_reload(web);
    nginx_server_wait_for_log(web->server, "/two.so\" failed (renaming its file)");
    assert_true(S_ISDIR(status_of(web, "two.so").st_mode));
    assert_int_equal(dest_count(web), 1);
}

static char *trace_dup(const char *path) {
    static const size_t size = 65536;
    char *text = test_calloc(1, size);
    FILE *in = fopen(path, "r");

    assert_non_null(in);
    assert_in_range(fread(text, 1, size, in), 1, size - 1);
    (void) fclose(in);
    return text;
}

/* What became `name`, and where the trace says so. */
static const char *find_renamed(const char *trace, const char *name, char from[128]) {
    char end[80];
    const char *line;

    (void) snprintf(end, sizeof(end), " %s\n", name);
    line = strstr(trace, end);
    assert_non_null(line);
    while (line > trace && line[-1] != '\n') {
        line--;
    }
    assert_int_equal(sscanf(line, "rename %127s", from), 1);
    return line;
}

static const char *find_synced(const char *trace, const char *name) {
    char line[160];

    (void) snprintf(line, sizeof(line), "fsync %s\n", name);
    return strstr(trace, line);
}

static nginx_server_t *start_traced(const nginx_config_t *config, const char *trace) {
    const char *given = getenv("ASAN_OPTIONS");
    char *before = given == NULL ? NULL : strdup(given), options[512];
    nginx_server_t *server;

    /* A preloaded library comes before the runtime, which that one minds. */
    (void) snprintf(options, sizeof(options), "%s:verify_asan_link_order=0", before == NULL ? "" : before);
    assert_int_equal(setenv("ASAN_OPTIONS", options, 1), 0);
    assert_int_equal(setenv("LINKFUNC_TRACE", trace, 1), 0);
    assert_int_equal(setenv("LD_PRELOAD", LIBRARY_FOLDER "/nginx_trace.so", 1), 0);
    server = nginx_server_start(config);
    assert_int_equal(unsetenv("LD_PRELOAD"), 0);
    assert_int_equal(before == NULL ? unsetenv("ASAN_OPTIONS") : setenv("ASAN_OPTIONS", before, 1), 0);
    free(before);
    return server;
}

/* So a power failure leaves the old file or the new one, whole. */
static void file_is_on_the_disk_before_it_has_its_name_and_the_name_after_that(void **state) {
    web_t *web = *state;
    nginx_config_t config = two_downloads(web);
    char path[64], name[64], temp[128], *trace;
    const char *renamed, *synced;

    copy_library("versioned_2", web->web, "version.so");
    in_web(web, ": > go && : > ../trace && chmod 666 ../trace");
    (void) snprintf(path, sizeof(path), "%s/trace", web->folder);
    (void) snprintf(name, sizeof(name), "%s/one.so", web->dest);
    web->server = start_traced(&config, path);
    trace = trace_dup(path);
    renamed = find_renamed(trace, name, temp);
    synced = find_synced(trace, temp);
    assert_non_null(synced);
    assert_true(synced < renamed);
    assert_non_null(find_synced(renamed, web->dest));
    test_free(trace);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(both_are_put_in_place_and_leave_nothing_beside, clean_web),
        cmocka_unit_test_teardown(file_that_was_there_is_put_back_when_the_second_has_no_place, clean_web),
        cmocka_unit_test_teardown(file_is_on_the_disk_before_it_has_its_name_and_the_name_after_that,
                                  clean_web),
        cmocka_unit_test_teardown(file_where_none_was_goes_when_the_second_has_no_place, clean_web),
    };

    return cmocka_run_group_tests(tests, start_web, stop_web);
}
