/* Downloads over https: whom is trusted. */

#define _GNU_SOURCE

#include "web.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

/* A response of its own for openssl: a file with its headers. */
static void make_responses(const web_t *web) {
    char command[1024];

    (void) snprintf(
        command, sizeof(command),
        "cd '%s' && '%s' . 2> certificates.log"
        " && { printf 'HTTP/1.0 200 OK\\r\\n\\r\\n'; cat good.so; } > good.http"
        " && printf 'HTTP/1.0 302 On\\r\\nLocation: http://127.0.0.1:%d/file/good.so?down\\r\\n\\r\\n' > "
        "down.http && echo none > page.http"
        " && printf 'HTTP/1.0 302 On\\r\\nLocation: /good.http\\r\\n\\r\\n' > on.http && chmod 600 ca.pem",
        web->web, MAKE_CERTIFICATES, origin_port(web->origin));
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): all paths are the test's own */
}

static int start(void **state) {
    (void) start_web(state);
    make_responses(*state);
    return 0;
}

/* A server that downloads over TLS from the port, trusting the file `ca` of the web folder. */
static const char *downloading(const web_t *web, const char *url, const char *ca) {
    static char text[1024];
    char trust[128] = "";

    if (ca != NULL) {
        (void) snprintf(trust, sizeof(trust), "ngx_link_func_ca_cert %s/%s;\n", web->web, ca);
    }
    (void) snprintf(text, sizeof(text), "ngx_link_func_download_link_lib %s %s/lib.so;\n%s" CALL("/", "fine"),
                    url, web->dest, trust);
    return text;
}

static origin_t *start_tls(const web_t *web, const char *name) {
    char certificate[64], key[64];

    (void) snprintf(certificate, sizeof(certificate), "%s.pem", name);
    (void) snprintf(key, sizeof(key), "%s.key", name);
    return origin_start_tls(web->web, certificate, key);
}

static void assert_downloads(web_t *web, const char *url) {
    web->server = nginx_server_start(&(nginx_config_t){.main = geteuid() == 0 ? "user nobody nogroup;" : NULL,
                                                       .server = downloading(web, url, "ca.pem")});
    assert_get(web->server, "/", 200, "fine");
}

static void host_that_the_authority_vouches_for_is_trusted(void **state) {
    static const char *const targets[] = {"https://127.0.0.1:%d/good.http", "https://localhost:%d/good.http",
                                          "https://127.0.0.1:%d/on.http"};
    web_t *web = *state;
    origin_t *tls = start_tls(web, "good");
    char url[128];
    size_t i;

    for (i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        (void) snprintf(url, sizeof(url), targets[i], origin_port(tls));
        assert_downloads(web, url);
        assert_int_equal(clean_web(state), 0);
    }
    (void) snprintf(url, sizeof(url), "http://127.0.0.1:%d/to?https://127.0.0.1:%d/good.http",
                    origin_port(web->origin), origin_port(tls));
    assert_downloads(web, url);
    origin_stop(tls);
}

static void assert_distrusted(const web_t *web, const char *name, const char *ca, const char *reason) {
    origin_t *tls = start_tls(web, name);
    char url[128];

    (void) snprintf(url, sizeof(url), "https://127.0.0.1:%d/good.http", origin_port(tls));
    assert_refused(web, downloading(web, url, ca), (const char *const[]){reason, url, NULL});
    origin_stop(tls);
}

static void other_hosts_are_refused(void **state) {
    assert_distrusted(*state, "elsewhere", "ca.pem", "no alternative certificate subject name matches");
}

static void expired_certificate_is_refused(void **state) {
    assert_distrusted(*state, "expired", "ca.pem", "certificate has expired");
}

static void certificate_that_signs_itself_is_refused(void **state) {
    assert_distrusted(*state, "itself", "ca.pem", "self-signed certificate");
    assert_distrusted(*state, "itself", NULL, "self-signed certificate");
}

static void authority_that_the_system_does_not_know_is_refused(void **state) {
    assert_distrusted(*state, "good", NULL, "unable to get local issuer certificate");
}

static void trust_file_without_certificates_is_refused(void **state) {
    assert_distrusted(*state, "good", "page.http", "(");
}

static void redirect_from_https_to_http_is_refused(void **state) {
    web_t *web = *state;
    origin_t *tls = start_tls(web, "good");
    char url[128];

    (void) snprintf(url, sizeof(url), "https://127.0.0.1:%d/down.http", origin_port(tls));
    assert_refused(web, downloading(web, url, "ca.pem"),
                   (const char *const[]){"(redirected from https to http)", NULL});
    assert_int_equal(origin_request_count(web->origin, "?down"), 0);
    origin_stop(tls);
}

/* For this process and all that it starts, the system trusts the authority and nobody else. */
static void have_the_system_trust(const web_t *web) {
    char command[256];

    if (unshare(CLONE_NEWNS) == -1 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1
        || mount("none", "/etc/ssl/certs", "tmpfs", 0, NULL) == -1) {
        skip();
    }
    (void) snprintf(command, sizeof(command),
                    "cp '%s/ca.pem' /etc/ssl/certs/ca-certificates.crt && chmod 644 /etc/ssl/certs/*"
                    " && openssl rehash /etc/ssl/certs",
                    web->web);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): the path is the test's own */
}

/* The last one, because its system stays as it is. */
static void authorities_of_the_system_do_not_count_beside_a_configured_one(void **state) {
    web_t *web = *state;
    origin_t *tls;
    char url[128];

    have_the_system_trust(web);
    tls = start_tls(web, "good");
    (void) snprintf(url, sizeof(url), "https://127.0.0.1:%d/good.http", origin_port(tls));
    web->server = nginx_server_start(&(nginx_config_t){.server = downloading(web, url, NULL)});
    assert_get(web->server, "/", 200, "fine");
    origin_stop(tls);
    assert_int_equal(clean_web(state), 0);
    assert_distrusted(web, "good", "itself.pem", "SSL certificate problem");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(host_that_the_authority_vouches_for_is_trusted, clean_web),
        cmocka_unit_test_teardown(other_hosts_are_refused, clean_web),
        cmocka_unit_test_teardown(expired_certificate_is_refused, clean_web),
        cmocka_unit_test_teardown(certificate_that_signs_itself_is_refused, clean_web),
        cmocka_unit_test_teardown(authority_that_the_system_does_not_know_is_refused, clean_web),
        cmocka_unit_test_teardown(trust_file_without_certificates_is_refused, clean_web),
        cmocka_unit_test_teardown(redirect_from_https_to_http_is_refused, clean_web),
        cmocka_unit_test_teardown(authorities_of_the_system_do_not_count_beside_a_configured_one, clean_web),
    };

    return cmocka_run_group_tests(tests, start, stop_web);
}
