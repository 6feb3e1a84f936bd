/*
 * Downloading, in a child that is the worker user.
 */

#include "ngx_http_link_func_download.h"


#if (NGX_HTTP_LINK_FUNC_CURL)

#include "ngx_http_link_func_fetch.h"

#include <sys/mman.h>
#include <sys/prctl.h>

#include "lf_elf.h"


#define NGX_HTTP_LINK_FUNC_FETCH_REDIRECTS 5


static ngx_int_t
ngx_http_link_func_fetch_file(ngx_http_link_func_fetch_t    *fetch,
                              ngx_http_link_func_download_t *download);
static ngx_int_t
ngx_http_link_func_fetch_perform(ngx_http_link_func_fetch_t *fetch);
static ngx_int_t
ngx_http_link_func_fetch_redirect(ngx_http_link_func_fetch_t *fetch);
static ngx_int_t
ngx_http_link_func_fetch_check(ngx_http_link_func_fetch_t *fetch);
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

        if ((i == 0 && ngx_http_link_func_curl_open(&fetch) != NGX_OK)
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

    if (ngx_http_link_func_curl_prepare(fetch) != NGX_OK
        || ngx_http_link_func_curl_login(fetch) != NGX_OK
        || ngx_http_link_func_curl_trust(fetch) != NGX_OK)
    {
        return NGX_ERROR;
    }

    for (n = 0; /* void */; n++) {
        if (ngx_http_link_func_curl_request(fetch) != NGX_OK
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


static ngx_int_t
ngx_http_link_func_fetch_perform(ngx_http_link_func_fetch_t *fetch)
{
    char     reason[64];
    CURLcode code;

    fetch->error[0] = '\0';
    fetch->reason[0] = '\0';
    fetch->ignored = 0;
    fetch->stopped = 0;
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

    /* libcurl itself gives a bad coding as an error of writing. */

    if (code != CURLE_OK && !(code == CURLE_WRITE_ERROR && fetch->stopped)) {
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

ngx_int_t
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
