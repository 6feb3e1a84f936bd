/*
 * libcurl as downloads use it.  Only the child that downloads opens it, so that
 * neither the master nor a worker ever has it.
 */

#include <ngx_config.h>


#if (NGX_HTTP_LINK_FUNC_CURL)

#include "ngx_http_link_func_fetch.h"

#include <dlfcn.h>


#define NGX_HTTP_LINK_FUNC_CURL_CONNECT 5L
#define NGX_HTTP_LINK_FUNC_CURL_STALLED (ngx_msec_t) 10000
#define NGX_HTTP_LINK_FUNC_CURL_MAX     ((off_t) 256 * 1024 * 1024)

/* Of an answer that is none, its text is read that far and dropped. */
#define NGX_HTTP_LINK_FUNC_CURL_IGNORED ((off_t) 1024 * 1024)

/* A libcurl whose own dependencies are those that it finds first, not what an
 * NGINX has linked in.  Sanitizers do not stand that. */
#if defined(RTLD_DEEPBIND) && !defined(__SANITIZE_ADDRESS__)                   \
    && !defined(__SANITIZE_THREAD__)
#define NGX_HTTP_LINK_FUNC_CURL_FLAGS (RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND)
#else
#define NGX_HTTP_LINK_FUNC_CURL_FLAGS (RTLD_NOW | RTLD_LOCAL)
#endif


static ngx_int_t
ngx_http_link_func_curl_decode(ngx_http_link_func_fetch_t *fetch, lf_str_t part,
                               char **text, const char *nul);
static size_t ngx_http_link_func_curl_write(char *data, size_t size,
                                            size_t count, void *to);
static int    ngx_http_link_func_curl_progress(void *data, curl_off_t total,
                                               curl_off_t received,
                                               curl_off_t to_send,
                                               curl_off_t sent);


ngx_int_t
ngx_http_link_func_curl_open(ngx_http_link_func_fetch_t *fetch)
{
    void                      *lib;
    ngx_http_link_func_curl_t *curl;

    lib = dlopen("libcurl.so.4", NGX_HTTP_LINK_FUNC_CURL_FLAGS);

    if (lib == NULL) {
        return ngx_http_link_func_fetch_refuse(fetch, dlerror());
    }

    curl = &fetch->curl;

    *(void **) &curl->global_init = dlsym(lib, "curl_global_init");
    *(void **) &curl->easy_init = dlsym(lib, "curl_easy_init");
    *(void **) &curl->easy_cleanup = dlsym(lib, "curl_easy_cleanup");
    *(void **) &curl->easy_setopt = dlsym(lib, "curl_easy_setopt");
    *(void **) &curl->easy_getinfo = dlsym(lib, "curl_easy_getinfo");
    *(void **) &curl->easy_perform = dlsym(lib, "curl_easy_perform");
    *(void **) &curl->easy_strerror = dlsym(lib, "curl_easy_strerror");
    *(void **) &curl->easy_unescape = dlsym(lib, "curl_easy_unescape");
    *(void **) &curl->slist_append = dlsym(lib, "curl_slist_append");

    if (curl->global_init == NULL || curl->easy_init == NULL
        || curl->easy_setopt == NULL || curl->easy_getinfo == NULL
        || curl->easy_perform == NULL || curl->easy_strerror == NULL
        || curl->easy_cleanup == NULL || curl->easy_unescape == NULL
        || curl->slist_append == NULL)
    {
        return ngx_http_link_func_fetch_refuse(fetch,
                                               "libcurl lacks functions");
    }

    if (curl->global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return ngx_http_link_func_fetch_refuse(fetch, "libcurl does not start");
    }

    return NGX_OK;
}


/* What is the same for every request of a download.  Nothing comes from the
 * environment: no proxy, no .netrc, no cookies. */

ngx_int_t
ngx_http_link_func_curl_prepare(ngx_http_link_func_fetch_t *fetch)
{
    char                    **header;
    CURL                     *easy;
    ngx_uint_t                i, failed;
    struct curl_slist        *headers;
    ngx_http_link_func_curl_t curl;

    curl = fetch->curl;
    header = fetch->download->headers->elts;

    /* Nothing of the download before is left to it: no trust, no connection. */

    if (fetch->easy) {
        curl.easy_cleanup(fetch->easy);
    }

    fetch->easy = easy = curl.easy_init();

    if (easy == NULL) {
        return ngx_http_link_func_fetch_refuse(fetch, "no memory");
    }

    for (i = 0; i < fetch->download->headers->nelts; i++) {
        headers = curl.slist_append(fetch->headers, header[i]);
        if (headers == NULL) {
            return ngx_http_link_func_fetch_refuse(fetch, "no memory");
        }

        fetch->headers = headers;
    }

    failed = 0;
    failed |= curl.easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    failed |= curl.easy_setopt(easy, CURLOPT_ERRORBUFFER, fetch->error);
    failed |= curl.easy_setopt(easy, CURLOPT_WRITEFUNCTION,
                               ngx_http_link_func_curl_write);
    failed |= curl.easy_setopt(easy, CURLOPT_WRITEDATA, fetch);
    failed |= curl.easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    failed |= curl.easy_setopt(easy, CURLOPT_PROXY, "");
    failed |= curl.easy_setopt(easy, CURLOPT_NETRC, (long) CURL_NETRC_IGNORED);
    failed |= curl.easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
    failed |= curl.easy_setopt(easy, CURLOPT_USERAGENT, "ngx_link_func");
    failed |= curl.easy_setopt(easy, CURLOPT_CONNECTTIMEOUT,
                               NGX_HTTP_LINK_FUNC_CURL_CONNECT);
    failed |= curl.easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
    failed |= curl.easy_setopt(easy, CURLOPT_XFERINFOFUNCTION,
                               ngx_http_link_func_curl_progress);
    failed |= curl.easy_setopt(easy, CURLOPT_XFERINFODATA, fetch);
    failed |= curl.easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE,
                               (curl_off_t) NGX_HTTP_LINK_FUNC_CURL_MAX);
    failed |= curl.easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    failed |= curl.easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);

    if (failed) {
        return ngx_http_link_func_fetch_refuse(fetch, "libcurl is too old");
    }

    return NGX_OK;
}


/* The user and the password of the URL, each decoded. */

ngx_int_t
ngx_http_link_func_curl_login(ngx_http_link_func_fetch_t *fetch)
{
    size_t   user_len;
    lf_str_t login, password;

    login = fetch->first.credentials;

    if (login.data == NULL) {
        return NGX_OK;
    }

    for (user_len = 0; user_len < login.len && login.data[user_len] != ':';
         user_len++)
    {
        /* void */
    }

    password = user_len < login.len
                   ? lf_str(login.data + user_len + 1, login.len - user_len - 1)
                   : lf_str(NULL, 0);

    if (ngx_http_link_func_curl_decode(fetch, lf_str(login.data, user_len),
                                       &fetch->user, "a NUL in the user")
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_link_func_curl_decode(fetch, password, &fetch->password,
                                          "a NUL in the password");
}


static ngx_int_t
ngx_http_link_func_curl_decode(ngx_http_link_func_fetch_t *fetch, lf_str_t part,
                               char **text, const char *nul)
{
    int len;

    len = 0;

    /* No length would mean: as long as the text behind it is. */

    *text = part.len ? fetch->curl.easy_unescape(fetch->easy, part.data,
                                                 (int) part.len, &len)
                     : ngx_calloc(1, ngx_cycle->log);

    if (*text == NULL) {
        return ngx_http_link_func_fetch_refuse(fetch, "no memory");
    }

    if (ngx_strlen(*text) != (size_t) len) {
        return ngx_http_link_func_fetch_refuse(fetch, nul);
    }

    return NGX_OK;
}


/* With a certificate of the configuration, the system's are not trusted. */

ngx_int_t
ngx_http_link_func_curl_trust(ngx_http_link_func_fetch_t *fetch)
{
    CURL                     *easy;
    ngx_uint_t                failed;
    ngx_http_link_func_curl_t curl;

#if LIBCURL_VERSION_NUM >= 0x074d00
    struct curl_blob blob;
#endif

    if (fetch->download->ca.len == 0) {
        return NGX_OK;
    }

    curl = fetch->curl;
    easy = fetch->easy;
    failed = curl.easy_setopt(easy, CURLOPT_CAPATH, NULL);

#if LIBCURL_VERSION_NUM >= 0x074d00

    blob.data = fetch->download->ca.data;
    blob.len = fetch->download->ca.len;
    blob.flags = CURL_BLOB_NOCOPY;

    failed |= curl.easy_setopt(easy, CURLOPT_CAINFO_BLOB, &blob);

#else

    failed |=
        curl.easy_setopt(easy, CURLOPT_CAINFO, fetch->download->ca_path.data);

#endif

    if (failed) {
        return ngx_http_link_func_fetch_refuse(
            fetch, "this libcurl takes no certificates");
    }

    return NGX_OK;
}


/* What depends on where the request goes: the user's headers and login go to
 * the first host only. */

ngx_int_t
ngx_http_link_func_curl_request(ngx_http_link_func_fetch_t *fetch)
{
    CURL                     *easy;
    u_char                   *text;
    ngx_uint_t                home, failed;
    lf_url_t                 *url;
    ngx_http_link_func_curl_t curl;

    url = &fetch->url;
    curl = fetch->curl;
    easy = fetch->easy;
    home = lf_url_same_origin(url, &fetch->first);

    text = ngx_alloc(url->authority.len + url->path.len + url->query.len
                         + sizeof("https:///"),
                     ngx_cycle->log);
    if (text == NULL) {
        return ngx_http_link_func_fetch_refuse(fetch, "no memory");
    }

    (void) ngx_sprintf(text, "%s://%*s%*s%*s%Z", url->secure ? "https" : "http",
                       url->authority.len, url->authority.data, url->path.len,
                       url->path.data, url->query.len, url->query.data);

    failed = curl.easy_setopt(easy, CURLOPT_URL, text);
    failed |= curl.easy_setopt(easy, CURLOPT_HTTPHEADER,
                               home ? fetch->headers : NULL);
    failed |=
        curl.easy_setopt(easy, CURLOPT_USERNAME, home ? fetch->user : NULL);
    failed |=
        curl.easy_setopt(easy, CURLOPT_PASSWORD, home ? fetch->password : NULL);

    ngx_free(text);

    if (failed) {
        return ngx_http_link_func_fetch_refuse(fetch,
                                               "libcurl refuses the request");
    }

    return NGX_OK;
}


static size_t
ngx_http_link_func_curl_write(char *data, size_t size, size_t count, void *to)
{
    ngx_http_link_func_fetch_t *fetch = to;

    size_t  len;
    long    status;
    ssize_t n;

    len = size * count;
    status = 0;

    (void) fetch->curl.easy_getinfo(fetch->easy, CURLINFO_RESPONSE_CODE,
                                    &status);

    if (status < 200 || status > 299) {
        fetch->ignored += (off_t) len;
        fetch->stopped = fetch->ignored > NGX_HTTP_LINK_FUNC_CURL_IGNORED;
        return fetch->stopped ? 0 : len;
    }

    if (fetch->size + (off_t) len > NGX_HTTP_LINK_FUNC_CURL_MAX) {
        (void) ngx_http_link_func_fetch_refuse(fetch, "more than 256 MiB");
        return 0;
    }

    n = pwrite(fetch->download->fd, data, len, fetch->size);

    if (n != (ssize_t) len) {
        (void) ngx_http_link_func_fetch_refuse(
            fetch, n == -1 ? strerror(ngx_errno) : "no space left");
        return 0;
    }

    fetch->size += n;
    lf_sha256_update(&fetch->hash, lf_str(data, len));

    return len;
}


/* Called about once a second at least.  What libcurl has for this judges by the
 * average of the last seconds, which is later. */

static int
ngx_http_link_func_curl_progress(void *data, curl_off_t total,
                                 curl_off_t received, curl_off_t to_send,
                                 curl_off_t sent)
{
    ngx_http_link_func_fetch_t *fetch = data;

    ngx_msec_t now;

    now = ngx_http_link_func_child_now();

    if (received != fetch->received) {
        fetch->received = received;
        fetch->heard = now;
    }

    if (now - fetch->heard < NGX_HTTP_LINK_FUNC_CURL_STALLED) {
        return 0;
    }

    (void) ngx_http_link_func_fetch_refuse(fetch, "stalled for 10 seconds");

    return 1;
}


#endif
