/*
 * Downloading, in a child that is the worker user: libcurl is opened here, so
 * that neither the master nor a worker ever has it.
 */

#include "ngx_http_link_func_download.h"


#if (NGX_HTTP_LINK_FUNC_CURL)

#include <curl/curl.h>
#include <dlfcn.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "lf_elf.h"
#include "lf_sha256.h"
#include "lf_url.h"


#define NGX_HTTP_LINK_FUNC_FETCH_REDIRECTS 5
#define NGX_HTTP_LINK_FUNC_FETCH_CONNECT   5L
#define NGX_HTTP_LINK_FUNC_FETCH_STALLED   (ngx_msec_t) 10000
#define NGX_HTTP_LINK_FUNC_FETCH_MAX       (off_t)(256 * 1024 * 1024)

/* Of an answer that is none, its text is read that far and dropped. */
#define NGX_HTTP_LINK_FUNC_FETCH_IGNORED (off_t)(1024 * 1024)

/* A libcurl whose own dependencies are those that it finds first, not what an
 * NGINX has linked in.  Sanitizers do not stand that. */
#if defined(RTLD_DEEPBIND) && !defined(__SANITIZE_ADDRESS__)                   \
    && !defined(__SANITIZE_THREAD__)
#define NGX_HTTP_LINK_FUNC_FETCH_OPEN (RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND)
#else
#define NGX_HTTP_LINK_FUNC_FETCH_OPEN (RTLD_NOW | RTLD_LOCAL)
#endif


/* The functions of libcurl, with the types that its header gives them. */
typedef struct {
    __typeof__(curl_global_init)   *global_init;
    __typeof__(curl_easy_init)     *easy_init;
    __typeof__(curl_easy_setopt)   *easy_setopt;
    __typeof__(curl_easy_getinfo)  *easy_getinfo;
    __typeof__(curl_easy_perform)  *easy_perform;
    __typeof__(curl_easy_strerror) *easy_strerror;
    __typeof__(curl_easy_unescape) *easy_unescape;
    __typeof__(curl_slist_append)  *slist_append;
} ngx_http_link_func_curl_t;


typedef struct {
    ngx_http_link_func_curl_t      curl;
    CURL                          *easy;
    ngx_http_link_func_download_t *download;
    lf_url_t                       first; /* the URL of the directive */
    lf_url_t                       url;   /* where redirects have led */
    struct curl_slist             *headers;
    char                          *user;
    char                          *password;
    long                           status;
    off_t                          size;
    off_t                          ignored;
    curl_off_t                     received;
    ngx_msec_t                     heard; /* when that last changed */
    lf_sha256_t                    hash;

    char error[CURL_ERROR_SIZE];
    char reason[2 * CURL_ERROR_SIZE + 128];
} ngx_http_link_func_fetch_t;


/* In all of these, NGX_ERROR leaves why in fetch->reason. */
static ngx_int_t
ngx_http_link_func_fetch_open_curl(ngx_http_link_func_fetch_t *fetch);
static ngx_int_t
ngx_http_link_func_fetch_file(ngx_http_link_func_fetch_t    *fetch,
                              ngx_http_link_func_download_t *download);
static ngx_int_t
ngx_http_link_func_fetch_prepare(ngx_http_link_func_fetch_t *fetch);
static ngx_int_t
ngx_http_link_func_fetch_login(ngx_http_link_func_fetch_t *fetch);
static ngx_int_t
ngx_http_link_func_fetch_trust(ngx_http_link_func_fetch_t *fetch);
static ngx_int_t
ngx_http_link_func_fetch_request(ngx_http_link_func_fetch_t *fetch);
static ngx_int_t
ngx_http_link_func_fetch_perform(ngx_http_link_func_fetch_t *fetch);
static ngx_int_t
ngx_http_link_func_fetch_redirect(ngx_http_link_func_fetch_t *fetch);
static ngx_int_t
              ngx_http_link_func_fetch_check(ngx_http_link_func_fetch_t *fetch);
static size_t ngx_http_link_func_fetch_write(char *data, size_t size,
                                             size_t count, void *to);
static int    ngx_http_link_func_fetch_progress(void *data, curl_off_t total,
                                                curl_off_t received,
                                                curl_off_t to_send,
                                                curl_off_t sent);
static ngx_int_t
ngx_http_link_func_fetch_refuse(ngx_http_link_func_fetch_t *fetch,
                                const char                 *reason);
static ngx_uint_t ngx_http_link_func_fetch_is_redirect(long status);


void
ngx_http_link_func_fetch_work(ngx_http_link_func_child_t *child)
{
    ngx_uint_t                      i;
    ngx_http_link_func_fetch_t      fetch;
    ngx_http_link_func_download_t **download;
    ngx_http_link_func_main_conf_t *lmcf;

    lmcf = child->data;
    download = lmcf->downloads.elts;
    ngx_memzero(&fetch, sizeof(ngx_http_link_func_fetch_t));

    /* It talks to strangers and holds passwords: no new rights, no core file,
     * and nobody looks into it. */

    (void) prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    (void) prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);

    for (i = 0; i < lmcf->downloads.nelts; i++) {
        ngx_http_link_func_child_tell(child, NGX_HTTP_LINK_FUNC_FETCHING, i,
                                      "");

        if ((fetch.easy == NULL
             && ngx_http_link_func_fetch_open_curl(&fetch) != NGX_OK)
            || ngx_http_link_func_fetch_file(&fetch, download[i]) != NGX_OK)
        {
            ngx_http_link_func_child_tell(child, NGX_HTTP_LINK_FUNC_NOT_FETCHED,
                                          i, fetch.reason);
            return;
        }
    }

    ngx_http_link_func_child_tell(child, NGX_HTTP_LINK_FUNC_ALL_FETCHED, 0, "");
}


static ngx_int_t
ngx_http_link_func_fetch_open_curl(ngx_http_link_func_fetch_t *fetch)
{
    void                      *lib;
    ngx_http_link_func_curl_t *curl;

    lib = dlopen("libcurl.so.4", NGX_HTTP_LINK_FUNC_FETCH_OPEN);

    if (lib == NULL) {
        return ngx_http_link_func_fetch_refuse(fetch, dlerror());
    }

    curl = &fetch->curl;

    *(void **) &curl->global_init = dlsym(lib, "curl_global_init");
    *(void **) &curl->easy_init = dlsym(lib, "curl_easy_init");
    *(void **) &curl->easy_setopt = dlsym(lib, "curl_easy_setopt");
    *(void **) &curl->easy_getinfo = dlsym(lib, "curl_easy_getinfo");
    *(void **) &curl->easy_perform = dlsym(lib, "curl_easy_perform");
    *(void **) &curl->easy_strerror = dlsym(lib, "curl_easy_strerror");
    *(void **) &curl->easy_unescape = dlsym(lib, "curl_easy_unescape");
    *(void **) &curl->slist_append = dlsym(lib, "curl_slist_append");

    if (curl->global_init == NULL || curl->easy_init == NULL
        || curl->easy_setopt == NULL || curl->easy_getinfo == NULL
        || curl->easy_perform == NULL || curl->easy_strerror == NULL
        || curl->easy_unescape == NULL || curl->slist_append == NULL)
    {
        return ngx_http_link_func_fetch_refuse(fetch,
                                               "libcurl lacks functions");
    }

    if (curl->global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK
        || (fetch->easy = curl->easy_init()) == NULL)
    {
        return ngx_http_link_func_fetch_refuse(fetch, "libcurl does not start");
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_link_func_fetch_file(ngx_http_link_func_fetch_t    *fetch,
                              ngx_http_link_func_download_t *download)
{
    ngx_uint_t n;

    fetch->download = download;
    fetch->size = 0;
    fetch->headers = NULL;
    fetch->user = NULL;
    fetch->password = NULL;
    lf_sha256_init(&fetch->hash);

    (void) lf_url_parse(ngx_http_link_func_lf(download->url), &fetch->first);
    fetch->url = fetch->first;

    if (ngx_http_link_func_fetch_prepare(fetch) != NGX_OK
        || ngx_http_link_func_fetch_login(fetch) != NGX_OK
        || ngx_http_link_func_fetch_trust(fetch) != NGX_OK)
    {
        return NGX_ERROR;
    }

    for (n = 0; /* void */; n++) {
        if (ngx_http_link_func_fetch_request(fetch) != NGX_OK
            || ngx_http_link_func_fetch_perform(fetch) != NGX_OK)
        {
            return NGX_ERROR;
        }

        if (!ngx_http_link_func_fetch_is_redirect(fetch->status)) {
            return ngx_http_link_func_fetch_check(fetch);
        }

        if (n == NGX_HTTP_LINK_FUNC_FETCH_REDIRECTS) {
            return ngx_http_link_func_fetch_refuse(fetch,
                                                   "more than 5 redirects");
        }

        if (ngx_http_link_func_fetch_redirect(fetch) != NGX_OK) {
            return NGX_ERROR;
        }
    }
}


/* What is the same for every request of a download.  Nothing comes from the
 * environment: no proxy, no .netrc, no cookies. */

static ngx_int_t
ngx_http_link_func_fetch_prepare(ngx_http_link_func_fetch_t *fetch)
{
    char                    **header;
    CURL                     *easy;
    ngx_uint_t                i, failed;
    struct curl_slist        *headers;
    ngx_http_link_func_curl_t curl;

    curl = fetch->curl;
    easy = fetch->easy;
    header = fetch->download->headers->elts;

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
                               ngx_http_link_func_fetch_write);
    failed |= curl.easy_setopt(easy, CURLOPT_WRITEDATA, fetch);
    failed |= curl.easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    failed |= curl.easy_setopt(easy, CURLOPT_PROXY, "");
    failed |= curl.easy_setopt(easy, CURLOPT_NETRC, (long) CURL_NETRC_IGNORED);
    failed |= curl.easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
    failed |= curl.easy_setopt(easy, CURLOPT_USERAGENT, "ngx_link_func");
    failed |= curl.easy_setopt(easy, CURLOPT_CONNECTTIMEOUT,
                               NGX_HTTP_LINK_FUNC_FETCH_CONNECT);
    failed |= curl.easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
    failed |= curl.easy_setopt(easy, CURLOPT_XFERINFOFUNCTION,
                               ngx_http_link_func_fetch_progress);
    failed |= curl.easy_setopt(easy, CURLOPT_XFERINFODATA, fetch);
    failed |= curl.easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE,
                               (curl_off_t) NGX_HTTP_LINK_FUNC_FETCH_MAX);
    failed |= curl.easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    failed |= curl.easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);

    if (failed) {
        return ngx_http_link_func_fetch_refuse(fetch, "libcurl is too old");
    }

    return NGX_OK;
}


/* The user and the password of the URL, each decoded. */

static ngx_int_t
ngx_http_link_func_fetch_login(ngx_http_link_func_fetch_t *fetch)
{
    int      len;
    size_t   user_len;
    lf_str_t login, part;

    login = fetch->first.credentials;

    if (login.data == NULL) {
        return NGX_OK;
    }

    for (user_len = 0; user_len < login.len && login.data[user_len] != ':';
         user_len++)
    {
        /* void */
    }

    /* No length would mean: as long as the text behind it is. */

    part = lf_str(login.data, user_len);
    fetch->user = part.len ? fetch->curl.easy_unescape(fetch->easy, part.data,
                                                       (int) part.len, &len)
                           : ngx_calloc(1, ngx_cycle->log);

    if (fetch->user && part.len && ngx_strlen(fetch->user) != (size_t) len) {
        return ngx_http_link_func_fetch_refuse(fetch, "a NUL in the user");
    }

    part = user_len < login.len
               ? lf_str(login.data + user_len + 1, login.len - user_len - 1)
               : lf_str(NULL, 0);
    fetch->password = part.len ? fetch->curl.easy_unescape(
                          fetch->easy, part.data, (int) part.len, &len)
                               : ngx_calloc(1, ngx_cycle->log);

    if (fetch->password && part.len
        && ngx_strlen(fetch->password) != (size_t) len) {
        return ngx_http_link_func_fetch_refuse(fetch, "a NUL in the password");
    }

    if (fetch->user == NULL || fetch->password == NULL) {
        return ngx_http_link_func_fetch_refuse(fetch, "no memory");
    }

    return NGX_OK;
}


/* With a certificate of the configuration, the system's are not trusted. */

static ngx_int_t
ngx_http_link_func_fetch_trust(ngx_http_link_func_fetch_t *fetch)
{
    CURL                     *easy;
    ngx_uint_t                failed;
    ngx_http_link_func_curl_t curl;

#ifdef CURL_BLOB_COPY
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

static ngx_int_t
ngx_http_link_func_fetch_request(ngx_http_link_func_fetch_t *fetch)
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


static ngx_int_t
ngx_http_link_func_fetch_perform(ngx_http_link_func_fetch_t *fetch)
{
    char     reason[64];
    CURLcode code;

    fetch->error[0] = '\0';
    fetch->reason[0] = '\0';
    fetch->ignored = 0;
    fetch->received = 0;
    fetch->heard = ngx_http_link_func_child_now();
    fetch->status = 0;

    code = fetch->curl.easy_perform(fetch->easy);

    (void) fetch->curl.easy_getinfo(fetch->easy, CURLINFO_RESPONSE_CODE,
                                    &fetch->status);

    if (fetch->reason[0]) {
        return NGX_ERROR;
    }

    if (code == CURLE_FILESIZE_EXCEEDED) {
        return ngx_http_link_func_fetch_refuse(fetch, "more than 256 MiB");
    }

    if (code != CURLE_OK && code != CURLE_WRITE_ERROR) {
        return ngx_http_link_func_fetch_refuse(
            fetch,
            fetch->error[0] ? fetch->error : fetch->curl.easy_strerror(code));
    }

    if (ngx_http_link_func_fetch_is_redirect(fetch->status)) {
        return NGX_OK;
    }

    /* 206 is only a part. */

    if (fetch->status < 200 || fetch->status > 299 || fetch->status == 206) {
        (void) ngx_snprintf((u_char *) reason, sizeof(reason),
                            "answered with status %l%Z", fetch->status);
        return ngx_http_link_func_fetch_refuse(fetch, reason);
    }

    return NGX_OK;
}


static ngx_uint_t
ngx_http_link_func_fetch_is_redirect(long status)
{
    return status == 301 || status == 302 || status == 303 || status == 307
           || status == 308;
}


static ngx_int_t
ngx_http_link_func_fetch_redirect(ngx_http_link_func_fetch_t *fetch)
{
    char      *location, *copy;
    size_t     len;
    ngx_uint_t secure;

    location = NULL;
    secure = fetch->url.secure;

    (void) fetch->curl.easy_getinfo(fetch->easy, CURLINFO_REDIRECT_URL,
                                    &location);

    if (location == NULL) {
        return ngx_http_link_func_fetch_refuse(fetch, "redirected to nowhere");
    }

    /* libcurl's own copy goes with the next request. */

    len = ngx_strlen(location);

    copy = ngx_alloc(len + 1, ngx_cycle->log);
    if (copy == NULL) {
        return ngx_http_link_func_fetch_refuse(fetch, "no memory");
    }

    ngx_memcpy(copy, location, len);

    if (!lf_url_parse(lf_str(copy, len), &fetch->url)) {
        return ngx_http_link_func_fetch_refuse(
            fetch, "redirected to what is not an http or https URL");
    }

    if (secure && !fetch->url.secure) {
        return ngx_http_link_func_fetch_refuse(fetch,
                                               "redirected from https to http");
    }

    return NGX_OK;
}


static size_t
ngx_http_link_func_fetch_write(char *data, size_t size, size_t count, void *to)
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
        return fetch->ignored <= NGX_HTTP_LINK_FUNC_FETCH_IGNORED ? len : 0;
    }

    if (fetch->size + (off_t) len > NGX_HTTP_LINK_FUNC_FETCH_MAX) {
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
ngx_http_link_func_fetch_progress(void *data, curl_off_t total,
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

    if (now - fetch->heard < NGX_HTTP_LINK_FUNC_FETCH_STALLED) {
        return 0;
    }

    (void) ngx_http_link_func_fetch_refuse(fetch, "stalled for 10 seconds");

    return 1;
}


static ngx_int_t
ngx_http_link_func_fetch_check(ngx_http_link_func_fetch_t *fetch)
{
    void            *addr;
    u_char           digest[LF_SHA256_SIZE];
    lf_elf_verdict_t verdict;

    lf_sha256_final(&fetch->hash, digest);

    if (fetch->download->hashed
        && ngx_memcmp(digest, fetch->download->digest, LF_SHA256_SIZE) != 0)
    {
        return ngx_http_link_func_fetch_refuse(
            fetch, "what came does not have that sha256");
    }

    verdict = LF_ELF_NOT_ELF;

    if (fetch->size) {
        addr = mmap(NULL, (size_t) fetch->size, PROT_READ, MAP_PRIVATE,
                    fetch->download->fd, 0);

        if (addr == MAP_FAILED) {
            return ngx_http_link_func_fetch_refuse(fetch, strerror(ngx_errno));
        }

        verdict = lf_elf_check(lf_str(addr, (size_t) fetch->size));

        (void) munmap(addr, (size_t) fetch->size);
    }

    if (verdict != LF_ELF_OK) {
        (void) ngx_snprintf((u_char *) fetch->error, sizeof(fetch->error),
                            "what came %s%Z", lf_elf_verdict_text(verdict));
        return ngx_http_link_func_fetch_refuse(fetch, fetch->error);
    }

    if (fsync(fetch->download->fd) == -1) {
        return ngx_http_link_func_fetch_refuse(fetch, strerror(ngx_errno));
    }

    return NGX_OK;
}


/* What libcurl says may hold bytes of the other side. */

static ngx_int_t
ngx_http_link_func_fetch_refuse(ngx_http_link_func_fetch_t *fetch,
                                const char                 *reason)
{
    size_t len;

    len = lf_log_escape(fetch->reason, sizeof(fetch->reason) - 1,
                        lf_cstr(reason));
    fetch->reason[len] = '\0';

    return NGX_ERROR;
}


#else


void
ngx_http_link_func_fetch_work(ngx_http_link_func_child_t *child)
{
    /* Without libcurl the directive is refused. */
}


#endif
