/* A client that others wrote, over one kept connection. */

#include "fixture.h"

#include <curl/curl.h>

#include "nginx_build.h"

typedef struct {
    nginx_server_t *server;
    CURL *curl;
    char url[128];
    char body[4096];
    size_t len;
} client_t;

static size_t receive(char *data, size_t size, size_t count, void *to) {
    client_t *client = to;

    if (client->len + size * count >= sizeof(client->body)) {
        return 0;
    }
    memcpy(client->body + client->len, data, size * count);
    client->len += size * count;
    client->body[client->len] = '\0';
    return size * count;
}

static int start(void **state) {
    client_t *client = test_calloc(1, sizeof(*client));

    client->server = nginx_server_start(
        &(nginx_config_t){.server = LIB("handlers") CALL("/", "show_request") CALL("/respond", "respond")});
    client->curl = curl_easy_init();
    assert_non_null(client->curl);
    *state = client;
    return 0;
}

static int stop(void **state) {
    client_t *client = *state;

    curl_easy_cleanup(client->curl);
    nginx_server_stop(client->server);
    test_free(client);
    return 0;
}

static long perform(client_t *client, const char *target) {
    long status = 0;

    client->len = 0;
    client->body[0] = '\0';
    (void) snprintf(client->url, sizeof(client->url), "http://127.0.0.1:%d%s",
                    nginx_server_port(client->server), target);
    assert_int_equal(curl_easy_setopt(client->curl, CURLOPT_URL, client->url), CURLE_OK);
    assert_int_equal(curl_easy_setopt(client->curl, CURLOPT_WRITEFUNCTION, receive), CURLE_OK);
    assert_int_equal(curl_easy_setopt(client->curl, CURLOPT_WRITEDATA, client), CURLE_OK);
    assert_int_equal(curl_easy_setopt(client->curl, CURLOPT_TIMEOUT, 5L * nginx_build_patience()), CURLE_OK);
    assert_int_equal(curl_easy_perform(client->curl), CURLE_OK);
    assert_int_equal(curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, &status), CURLE_OK);
    return status;
}

static void curl_gets_heads_and_posts_over_one_connection(void **state) {
    client_t *client = *state;
    long connects = 0;

    assert_int_equal(perform(client, "/?a=1"), 200);
    assert_string_equal(client->body, "a=1|0|NULL|0");
    assert_int_equal(curl_easy_getinfo(client->curl, CURLINFO_NUM_CONNECTS, &connects), CURLE_OK);
    assert_int_equal(connects, 1);

    assert_int_equal(curl_easy_setopt(client->curl, CURLOPT_NOBODY, 1L), CURLE_OK);
    assert_int_equal(perform(client, "/respond?status=404&body=never"), 404);
    assert_string_equal(client->body, "");

    assert_int_equal(curl_easy_setopt(client->curl, CURLOPT_NOBODY, 0L), CURLE_OK);
    assert_int_equal(curl_easy_setopt(client->curl, CURLOPT_POSTFIELDS, "k=v&x=y"), CURLE_OK);
    assert_int_equal(perform(client, "/"), 200);
    assert_string_equal(client->body, "NULL|7|k=v&x=y|0");

    assert_int_equal(curl_easy_setopt(client->curl, CURLOPT_HTTPGET, 1L), CURLE_OK);
    assert_int_equal(perform(client, "/respond?status=204&line=204%20None&body=never"), 204);
    assert_int_equal(perform(client, "/respond?body=after"), 200);
    assert_string_equal(client->body, "after");
    assert_int_equal(curl_easy_getinfo(client->curl, CURLINFO_NUM_CONNECTS, &connects), CURLE_OK);
    assert_int_equal(connects, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(curl_gets_heads_and_posts_over_one_connection),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
