#include "probe.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <strings.h>

#include "deploy.h"
#include "stop.h"

enum { PAUSE_MS = 50 };

static bool begins_as_url(const char *text) {
    return strncasecmp(text, "http://", 7) == 0 || strncasecmp(text, "https://", 8) == 0;
}

/* What curl refuses now it would refuse in the end, when all is done. */
bool probe_is_url(const char *text) {
    CURLU *url = curl_url();
    bool good;

    if (url == NULL) {
        abort();
    }
    good = begins_as_url(text) && curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK;
    curl_url_cleanup(url);
    return good;
}

static size_t ignore_body(const char *data, size_t size, size_t count, void *none) {
    (void) data;
    (void) none;
    return size * count;
}

/* Called about once a second, also while nothing comes; not 0 ends the request. */
static int watch(void *none, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d) {
    (void) none, (void) a, (void) b, (void) c, (void) d;
    return stop_asked();
}

/* The answer must come from the server itself: no proxy, no redirect. */
static CURL *prepare(const char *url, char *reason) {
    CURL *curl = curl_easy_init();

    if (curl == NULL) {
        return NULL;
    }
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, reason);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "linkfunc-deploy/" LINKFUNC_VERSION);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, ignore_body);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, watch);
    return curl;
}

static CURLcode ask(CURL *curl, int timeout_ms) {
    long long end = stop_now() + timeout_ms;
    CURLcode code;

    do {
        long long left = end - stop_now();

        curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long) (left > 0 ? left : 1));
        code = curl_easy_perform(curl);
    } while (code == CURLE_COULDNT_CONNECT && stop_now() < end && !stop_wait(-1, PAUSE_MS));
    return code;
}

long probe_url(const char *url, int timeout_ms) {
    char reason[CURL_ERROR_SIZE] = "";
    CURL *curl = prepare(url, reason);
    CURLcode code = curl == NULL ? CURLE_FAILED_INIT : ask(curl, timeout_ms);
    long status = -1;

    if (code != CURLE_OK && !stop_asked()) {
        deploy_report("cannot probe '%s': %s", url, reason[0] != '\0' ? reason : curl_easy_strerror(code));
    } else if (code == CURLE_OK) {
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    }
    curl_easy_cleanup(curl);
    if (code == CURLE_OK && (status < 200 || status > 299)) {
        deploy_report("the probe '%s' was answered with %ld, and 2xx is expected", url, status);
        return -1;
    }
    return status;
}
