/* Downloads over http: what is taken, and what is refused. */

#include "web.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Text of a server that downloads "http://ORIGIN" + target to "lib.so". */
static const char *downloading(const web_t *web, const char *target, const char *headers) {
    static char text[1024];

    (void) snprintf(text, sizeof(text),
                    "ngx_link_func_download_link_lib \"%s%s\" %s \"%s/lib.so\";\n" CALL("/", "fine"),
                    web_url(origin_port(web->origin), ""), target, headers, web->dest);
    return text;
}

static void start_downloading(web_t *web, const char *target, const char *headers) {
    web->server = nginx_server_start(&(nginx_config_t){.server = downloading(web, target, headers)});
}

static struct stat status_of_library(const web_t *web) {
    char path[64];
    struct stat info;

    (void) snprintf(path, sizeof(path), "%s/lib.so", web->dest);
    assert_int_equal(stat(path, &info), 0);
    return info;
}

static void library_is_downloaded_and_serves(void **state) {
    web_t *web = *state;
    mode_t mask = umask(077);
    char command[256];

    start_downloading(web, "/file/good.so", "");
    (void) umask(mask);
    assert_get(web->server, "/", 200, "fine");
    assert_int_equal(status_of_library(web).st_mode & 07777, 0755);
    assert_int_equal(dest_count(web), 1);
    (void) snprintf(command, sizeof(command), "cmp '%s/good.so' '%s/lib.so'", web->web, web->dest);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): all paths are the test's own */
}

static void libcurl_stays_out_of_master_and_workers(void **state) {
    web_t *web = *state;
    char command[256];

    start_downloading(web, "/file/good.so", "");
    (void) snprintf(
        command, sizeof(command),
        "! grep -h libcurl /proc/%d/maps $(sed 's|[0-9][0-9]*|/proc/&/maps|g' /proc/%d/task/%d/children)",
        (int) nginx_server_master(web->server), (int) nginx_server_master(web->server),
        (int) nginx_server_master(web->server));
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): numbers only */
}

static void chunked_and_compressed_libraries_are_decoded(void **state) {
    web_t *web = *state;
    char command[256];

    (void) snprintf(command, sizeof(command), "gzip -c '%s/good.so' > '%s/good.gz'", web->web, web->web);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): all paths are the test's own */
    start_downloading(web, "/chunked/good.so", "");
    assert_get(web->server, "/", 200, "fine");
    assert_int_equal(clean_web(state), 0);
    start_downloading(web, "/gzip/good.gz", "");
    assert_get(web->server, "/", 200, "fine");
}

static void identical_content_is_left_alone(void **state) {
    web_t *web = *state;
    struct stat before, after;

    start_downloading(web, "/file/good.so", "");
    before = status_of_library(web);
    nginx_server_reconfigure(web->server,
                             &(nginx_config_t){.server = downloading(web, "/chunked/good.so", "")});
    nginx_server_wait_for_log(web->server, "gracefully shutting down");
    after = status_of_library(web);
    assert_int_equal(before.st_ino, after.st_ino);
    assert_int_equal(before.st_ctim.tv_nsec, after.st_ctim.tv_nsec);
    assert_int_equal(dest_count(web), 1);
    assert_get(web->server, "/", 200, "fine");
}

static void reload_brings_a_new_version(void **state) {
    web_t *web = *state;

    start_downloading(web, "/file/good.so", "");
    nginx_server_reconfigure(web->server,
                             &(nginx_config_t){.server = downloading(web, "/file/other.so", "")});
    nginx_server_expect_log(web->server, "function \"fine\" not found in \"");
    nginx_server_wait_for_log(web->server, "function \"fine\" not found in \"");
    assert_get(web->server, "/", 200, "fine");
    copy_library("no_hooks", web->web, "newer.so");
    nginx_server_reconfigure(web->server,
                             &(nginx_config_t){.server = downloading(web, "/file/newer.so", "")});
    nginx_server_wait_for_log(web->server, "[warn]");
    nginx_server_wait_for_log(web->server, "gracefully shutting down");
    assert_get(web->server, "/", 200, "fine");
    assert_int_equal(dest_count(web), 1);
}

static void refused_reload_leaves_the_old_library_serving(void **state) {
    web_t *web = *state;
    struct stat before, after;

    start_downloading(web, "/file/good.so", "");
    before = status_of_library(web);
    nginx_server_expect_log(web->server, "answered with status 404");
    nginx_server_reconfigure(web->server,
                             &(nginx_config_t){.server = downloading(web, "/status/404/other.so", "")});
    nginx_server_wait_for_log(web->server, "answered with status 404");
    assert_get(web->server, "/", 200, "fine");
    after = status_of_library(web);
    assert_int_equal(before.st_ino, after.st_ino);
    assert_int_equal(before.st_ctim.tv_nsec, after.st_ctim.tv_nsec);
    wait_for_dest_count(web, 1);
}

/* A documentation address, which no machine has; NGINX binds it last. */
#define UNBINDABLE "server { listen 192.0.2.1:PORT; }"

static void reload_that_nginx_refuses_later_leaves_the_disk_as_it_was(void **state) {
    web_t *web = *state;
    struct stat before, after;

    copy_library("no_hooks", web->web, "newer.so");
    start_downloading(web, "/file/good.so", "");
    before = status_of_library(web);
    nginx_server_expect_log(web->server, "bind() to 192.0.2.1:");
    nginx_server_reconfigure(
        web->server, &(nginx_config_t){.http = UNBINDABLE, .server = downloading(web, "/file/newer.so", "")});
    nginx_server_wait_for_log(web->server, "bind() to 192.0.2.1:");
    wait_for_dest_count(web, 1);
    after = status_of_library(web);
    assert_int_equal(before.st_ino, after.st_ino);
    assert_get(web->server, "/", 200, "fine");
    nginx_server_reconfigure(web->server,
                             &(nginx_config_t){.server = downloading(web, "/file/newer.so", "")});
    nginx_server_wait_for_log(web->server, "gracefully shutting down");
    after = status_of_library(web);
    assert_int_not_equal(before.st_ino, after.st_ino);
    assert_int_equal(dest_count(web), 1);
}

/* While it is downloaded, another file gets the temporary name. */
static void file_that_is_put_in_place_of_the_download_is_neither_run_nor_installed(void **state) {
    web_t *web = *state;
    char command[512];

    copy_library("versioned_1", web->web, "version.so");
    copy_library("versioned_2", web->web, "intruder.so");
    web->server = nginx_server_start(&(nginx_config_t){.server = "location / { return 200 old; }"});
    (void) snprintf(command, sizeof(command),
                    "ngx_link_func_download_link_lib %s/paused/version.so %s/lib.so;\n" CALL("/", "version"),
                    web_url(origin_port(web->origin), ""), web->dest);
    nginx_server_expect_log(web->server, "(its file has been replaced)");
    nginx_server_reconfigure(web->server, &(nginx_config_t){.server = command});
    wait_for_dest_count(web, 1);
    (void) snprintf(command, sizeof(command),
                    "cd '%s' && cp intruder.so '%s/i' && mv '%s/i' '%s'/.ngx* && : > go", web->web, web->dest,
                    web->dest, web->dest);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): all paths are the test's own */
    nginx_server_wait_for_log(web->server, "gracefully shutting down");
    assert_get(web->server, "/", 200, "1");
    assert_int_equal(dest_count(web), 0);
}

static void five_redirects_are_followed(void **state) {
    web_t *web = *state;

    start_downloading(web, "/hops/5/good.so", "");
    assert_get(web->server, "/", 200, "fine");
}

static void digest_that_matches_is_accepted(void **state) {
    web_t *web = *state;
    char command[256], target[128] = "/file/good.so#sha256=";
    FILE *digest;

    (void) snprintf(command, sizeof(command), "sha256sum < '%s/good.so'", web->web);
    digest = popen(command, "r"); /* NOLINT(cert-env33-c): the path is the test's own */
    assert_non_null(digest);
    assert_int_equal(fread(target + strlen(target), 1, 64, digest), 64);
    (void) pclose(digest);
    start_downloading(web, target, "");
    assert_get(web->server, "/", 200, "fine");
    assert_int_equal(origin_request_count(web->origin, "sha256"), 0);
}

static void bad_answers_are_refused(void **state) {
    static const char zeros[] = "#sha256=0000000000000000000000000000000000000000000000000000000000000000";
    static const struct {
        const char *target;
        const char *reason;
    } rows[] = {
        {"/status/404/good.so", "(answered with status 404)"},
        {"/status/304/good.so", "(answered with status 304)"},
        {"/status/206/good.so", "(answered with status 206)"},
        {"/status/500/good.so", "(answered with status 500)"},
        {"/status/300/good.so", "(answered with status 300)"},
        {"/status/301/good.so", "(redirected to nowhere)"},
        {"/token/good.so", "(answered with status 403)"},
        {"/truncated/good.so", "(transfer closed with"},
        {"/huge", "(more than 256 MiB)"},
        {"/gzip/bomb.gz", "(more than 256 MiB)"},
        {"/gzip/good.so", "ncoding"},
        {"/gzip/twice.gz", "("},
        {"/gzip/more.gz", "("},
        {"/file/page.html", "(what came is not an ELF file, or not all of one)"},
        {"/file/empty", "(what came is not an ELF file, or not all of one)"},
        {"/file/cut.so", "(what came is not an ELF file, or not all of one)"},
        {"/file/object.o", "(what came is not a shared library)"},
        {"/hops/6/good.so", "(more than 5 redirects)"},
        {"/to?ftp://127.0.0.1/x", "(redirected to what is not an http or https URL)"},
        {"/to?file:///etc/passwd", "(redirected to what is not an http or https URL)"},
        {"/file/good.so", "(what came does not have that sha256)"},
        {"/nowhere", "mpty reply"},
    };
    web_t *web = *state;
    char command[1024], target[256];
    size_t i;

    (void) snprintf(
        command, sizeof(command),
        "cd '%s' && echo '<html>Not Found</html>' > page.html && : > empty"
        " && head -c 5000 good.so > cut.so && echo 'int a;' | cc -c -x c - -o object.o"
        " && head -c 268435457 /dev/zero | gzip -1 > bomb.gz && gzip -c good.so > one.gz"
        " && cat one.gz one.gz > twice.gz && { cat one.gz; echo more; } > more.gz && cp good.so '%s/lib.so'",
        web->web, web->dest);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): all paths are the test's own */
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct stat before = status_of_library(web), after;

        (void) snprintf(target, sizeof(target), "%s%s", rows[i].target,
                        strstr(rows[i].reason, "sha256") == NULL ? "" : zeros);
        assert_refused(web, downloading(web, target, ""),
                       (const char *const[]){
                           "ngx_link_func_download_link_lib: download of \"http://127.0.0.1:", rows[i].reason,
                           "/lib.so\" failed (", NULL});
        after = status_of_library(web);
        assert_int_equal(before.st_ino, after.st_ino);
        assert_int_equal(before.st_ctim.tv_nsec, after.st_ctim.tv_nsec);
    }
}

static void port_that_nobody_listens_on_is_refused(void **state) {
    web_t *web = *state;
    char text[512];

    (void) snprintf(text, sizeof(text),
                    "ngx_link_func_download_link_lib http://us:pass%%77ord@127.0.0.1:1/x?a=word %s/x;",
                    web->dest);
    assert_refused(web, text,
                   (const char *const[]){"download of \"http://127.0.0.1:1/x?...\"", "onnect", NULL});
}

static void library_that_crashes_is_refused_with_its_url(void **state) {
    web_t *web = *state;

    copy_library("crash", web->web, "crash.so");
    assert_refused(web, downloading(web, "/file/crash.so", ""),
                   (const char *const[]){"/lib.so\" crashed on signal 11 while it was opened",
                                         ", downloaded from \"http://127.0.0.1:", "/file/crash.so\"",
                                         "ngx_link_func_download_link_lib: ", NULL});
    copy_library("undefined", web->web, "undefined.so");
    assert_refused(web, downloading(web, "/file/undefined.so", ""),
                   (const char *const[]){"dlopen() \"", "/dest/lib.so\" failed (",
                                         "/dest/lib.so: undefined symbol", ", downloaded from \"", NULL});
}

static void login_and_headers_are_sent(void **state) {
    web_t *web = *state;
    char text[1024];

    (void) snprintf(text, sizeof(text),
                    "ngx_link_func_download_link_lib %s/login/good.so %s/lib.so;\n" CALL("/", "fine"),
                    web_url(origin_port(web->origin), "us%20er:p%40ss:word@"), web->dest);
    web->server = nginx_server_start(&(nginx_config_t){.server = text});
    assert_get(web->server, "/", 200, "fine");
    assert_int_equal(clean_web(state), 0);
    start_downloading(web, "/token/good.so", "\"X-Other: a\\r\\nX-Token:secret\\r\\nX-Empty:\\n\"");
    assert_get(web->server, "/", 200, "fine");
    assert_int_equal(origin_request_count(web->origin, "X-Empty:\r\n"), 1);
    assert_int_equal(origin_request_count(web->origin, "X-Other: a\r\n"), 1);
}

/* The other host is the same address on another port. */
static void login_and_headers_go_to_the_first_host_only(void **state) {
    web_t *web = *state;
    origin_t *first = origin_start(web->folder);
    char text[1024];

    (void) snprintf(text, sizeof(text),
                    "ngx_link_func_download_link_lib %s/to?http://a:b@127.0.0.1:%d/status/410/x \"X-Canary: "
                    "yes\" %s/lib.so;",
                    web_url(origin_port(first), "us%20er:p%40ss:word@"), origin_port(web->origin), web->dest);
    assert_refused(web, text, (const char *const[]){"(answered with status 410)", NULL});
    assert_int_equal(origin_request_count(first, "X-Canary: yes"), 1);
    assert_int_equal(origin_request_count(first, "Authorization: "), 1);
    assert_int_equal(origin_request_count(web->origin, "GET /status/410/x"), 1);
    assert_int_equal(origin_request_count(web->origin, "X-Canary"), 0);
    origin_stop(first);
}

static void environment_does_not_choose_a_proxy(void **state) {
    web_t *web = *state;

    assert_int_equal(setenv("http_proxy", "http://127.0.0.1:1", 1), 0);
    assert_int_equal(setenv("ALL_PROXY", "http://127.0.0.1:1", 1), 0);
    web->server = nginx_server_start(&(nginx_config_t){.main = "env http_proxy; env ALL_PROXY;",
                                                       .server = downloading(web, "/file/good.so", "")});
    assert_int_equal(unsetenv("http_proxy"), 0);
    assert_int_equal(unsetenv("ALL_PROXY"), 0);
    assert_get(web->server, "/", 200, "fine");
}

static void configuration_test_leaves_the_disk_as_it_was(void **state) {
    web_t *web = *state;
    char *output;
    size_t count = origin_request_count(web->origin, "GET /file/good.so?tested ");

    assert_int_equal(
        nginx_config_test(&(nginx_config_t){.server = downloading(web, "/file/good.so?tested", "")}, &output),
        1);
    assert_int_equal(origin_request_count(web->origin, "GET /file/good.so?tested "), count + 1);
    free(output);
    assert_int_equal(
        nginx_config_test(&(nginx_config_t){.server = downloading(web, "/file/good.so", "")}, &output), 0);
    assert_non_null(strstr(output, "test is successful"));
    assert_int_equal(dest_count(web), 0);
    free(output);
}

/* It reads the configuration too, to find the process. */
static void signal_command_downloads_nothing(void **state) {
    web_t *web = *state;
    size_t count;

    start_downloading(web, "/file/good.so", "");
    count = origin_request_count(web->origin, "GET /file/good.so ");
    assert_true(count > 0);
    assert_int_equal(nginx_server_command(web->server, "reopen"), 0);
    nginx_server_wait_for_log(web->server, "reopening logs");
    assert_int_equal(origin_request_count(web->origin, "GET /file/good.so "), count);
}

static void servers_share_a_download(void **state) {
    web_t *web = *state;
    char text[2048];
    size_t count = origin_request_count(web->origin, "GET /hops/1/good.so ");
    int len;

    len = snprintf(text, sizeof(text), "server { listen 127.0.0.1:PORT; server_name other; %s }\n",
                   downloading(web, "/hops/1/good.so", ""));
    assert_in_range(len, 1, sizeof(text) - 1);
    (void) snprintf(text + len, sizeof(text) - (size_t) len,
                    "server { listen 127.0.0.1:PORT; server_name third; ngx_link_func_lib %s/lib.so; }\n",
                    web->dest);
    web->server = nginx_server_start(
        &(nginx_config_t){.http = text, .server = downloading(web, "/hops/1/good.so", "")});
    assert_get(web->server, "/", 200, "fine");
    assert_int_equal(origin_request_count(web->origin, "GET /hops/1/good.so "), count + 1);
}

static void path_of_two_downloads_is_refused(void **state) {
    web_t *web = *state;
    char text[2048], *output;

    (void) snprintf(text, sizeof(text), "server { listen 127.0.0.1:PORT; server_name other; %s }\n",
                    downloading(web, "/file/other.so", ""));
    assert_int_equal(
        nginx_config_test(&(nginx_config_t){.http = text, .server = downloading(web, "/file/good.so", "")},
                          &output),
        1);
    assert_non_null(strstr(output, "/lib.so\" is downloaded in another way in "));
    assert_int_equal(dest_count(web), 0);
    free(output);
}

static void directives_are_checked_when_they_are_read(void **state) {
    static const struct {
        const char *text;
        const char *reason;
    } rows[] = {
        {"ngx_link_func_download_link_lib ftp://a/b x;", "\"ftp://a/b\" is not an http or https URL"},
        {"ngx_link_func_download_link_lib http://u:pass@word@/b x;", "\"/b\" is not an http or https URL"},
        {"ngx_link_func_download_link_lib http://?word x;", "\"http://\" is not an http or https URL"},
        {"ngx_link_func_download_link_lib \"\" x;", "\"\" is not an http or https URL"},
        {"ngx_link_func_download_link_lib http://u:word@a/b \"\";", "\"http://a/b\" has no path"},
        {"ngx_link_func_download_link_lib http://a/b#sha256=00 x;",
         "\"http://a/b\" does not end in \"#sha256=\" and 64 hexadecimal digits"},
        {"ngx_link_func_download_link_lib http://a/b#top x;", "does not end in \"#sha256=\""},
        {"ngx_link_func_download_link_lib http://a/b \"Na me: x\" x;", "has a malformed header"},
        {"ngx_link_func_download_link_lib http://a/b \"Name: a\rb\" x;", "has a malformed header"},
        {"ngx_link_func_download_link_lib http://a/b \"Name: a\033b\" x;",
         "has a header with a control character"},
        {"ngx_link_func_download_link_lib http://a/b Name x;", "has a header without a colon"},
        {"ngx_link_func_download_link_lib http://a/b \"Content-Length: 5\" x;",
         "has a header that frames the message"},
        {"ngx_link_func_download_link_lib http://a/b x;\nngx_link_func_lib y;",
         "\"ngx_link_func_lib\" directive is duplicate"},
        {"ngx_link_func_lib y;\nngx_link_func_download_link_lib http://a/b x;",
         "\"ngx_link_func_download_link_lib\" directive is duplicate"},
        {"ngx_link_func_ca_cert \"\";", "ngx_link_func_ca_cert: \"\" is not a path"},
        {"ngx_link_func_ca_cert a;\nngx_link_func_ca_cert a;",
         "\"ngx_link_func_ca_cert\" directive is duplicate"},
        {"ngx_link_func_ca_cert /no/such/ca.pem;",
         "ngx_link_func_ca_cert: \"/no/such/ca.pem\" cannot be read"},
        {"ngx_link_func_ca_cert /tmp;", "ngx_link_func_ca_cert: \"/tmp\" cannot be read"},
        {"ngx_link_func_download_link_lib http://a/b /no/such/folder/x;",
         "to \"/no/such/folder/x\" failed (no file can be made in the folder of its path)"},
        {"ngx_link_func_download_link_lib http://a/b /tmp;",
         "to \"/tmp\" failed (its path is not that of a file)"},
    };
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_refused(*state, rows[i].text, (const char *const[]){rows[i].reason, NULL});
    }
}

static void master_that_downloads_obeys_term(void **state) {
    web_t *web = *state;
    struct timespec before, after;
    nginx_server_t *server;

    web->server = server = nginx_server_start(&(nginx_config_t){.server = "location / { return 200 old; }"});
    nginx_server_reconfigure(server, &(nginx_config_t){.server = downloading(web, "/hang", "")});
    nginx_server_wait_for_log(server, "reconfiguring");
    wait_for_dest_count(web, 1);
    assert_get(server, "/", 200, "old");
    (void) clock_gettime(CLOCK_MONOTONIC, &before);
    assert_int_equal(kill(nginx_server_master(server), SIGTERM), 0);
    web->server = NULL;
    nginx_server_stop(server);
    (void) clock_gettime(CLOCK_MONOTONIC, &after);
    assert_true(after.tv_sec - before.tv_sec < 5);
    assert_int_equal(dest_count(web), 0);
}

/* Killed, the master leaves its worker behind, but neither who downloads nor a file. */
static void download_ends_with_its_master(void **state) {
    web_t *web = *state;
    nginx_server_t *server;
    const struct timespec pause = {0, 5000000};
    pid_t master, children[2];
    int rounds;

    web->server = server = nginx_server_start(&(nginx_config_t){.server = "location / { return 200 old; }"});
    master = nginx_server_master(server);
    nginx_server_reconfigure(server, &(nginx_config_t){.server = downloading(web, "/hang", "")});
    wait_for_dest_count(web, 1);
    for (rounds = 0; rounds < 1000 && children_of(master, children, 2) < 2; rounds++) {
        (void) nanosleep(&pause, NULL);
    }
    assert_int_equal(children_of(master, children, 2), 2);
    assert_int_equal(kill(master, SIGKILL), 0);
    assert_int_equal(waitpid(master, NULL, 0), master);
    assert_int_equal(waitpid(children[1], NULL, 0), children[1]);
    assert_int_equal(dest_count(web), 0);
    assert_int_equal(kill(children[0], SIGKILL), 0);
    assert_int_equal(waitpid(children[0], NULL, 0), children[0]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(library_is_downloaded_and_serves, clean_web),
        cmocka_unit_test_teardown(libcurl_stays_out_of_master_and_workers, clean_web),
        cmocka_unit_test_teardown(chunked_and_compressed_libraries_are_decoded, clean_web),
        cmocka_unit_test_teardown(identical_content_is_left_alone, clean_web),
        cmocka_unit_test_teardown(reload_brings_a_new_version, clean_web),
        cmocka_unit_test_teardown(refused_reload_leaves_the_old_library_serving, clean_web),
        cmocka_unit_test_teardown(reload_that_nginx_refuses_later_leaves_the_disk_as_it_was, clean_web),
        cmocka_unit_test_teardown(file_that_is_put_in_place_of_the_download_is_neither_run_nor_installed,
                                  clean_web),
        cmocka_unit_test_teardown(five_redirects_are_followed, clean_web),
        cmocka_unit_test_teardown(digest_that_matches_is_accepted, clean_web),
        cmocka_unit_test_teardown(bad_answers_are_refused, clean_web),
        cmocka_unit_test_teardown(port_that_nobody_listens_on_is_refused, clean_web),
        cmocka_unit_test_teardown(library_that_crashes_is_refused_with_its_url, clean_web),
        cmocka_unit_test_teardown(login_and_headers_are_sent, clean_web),
        cmocka_unit_test_teardown(login_and_headers_go_to_the_first_host_only, clean_web),
        cmocka_unit_test_teardown(environment_does_not_choose_a_proxy, clean_web),
        cmocka_unit_test_teardown(configuration_test_leaves_the_disk_as_it_was, clean_web),
        cmocka_unit_test_teardown(signal_command_downloads_nothing, clean_web),
        cmocka_unit_test_teardown(servers_share_a_download, clean_web),
        cmocka_unit_test_teardown(path_of_two_downloads_is_refused, clean_web),
        cmocka_unit_test_teardown(directives_are_checked_when_they_are_read, clean_web),
        cmocka_unit_test_teardown(master_that_downloads_obeys_term, clean_web),
        cmocka_unit_test_teardown(download_ends_with_its_master, clean_web),
    };

    return cmocka_run_group_tests(tests, start_web, stop_web);
}
