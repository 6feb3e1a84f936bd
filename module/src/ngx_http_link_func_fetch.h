/*
 * A download in its child, with libcurl.
 */

#ifndef NGX_HTTP_LINK_FUNC_FETCH_H
#define NGX_HTTP_LINK_FUNC_FETCH_H

#include <curl/curl.h>

#include "ngx_http_link_func_download.h"

#include "lf_sha256.h"
#include "lf_url.h"

#pragma GCC visibility push(hidden)


/* The functions of libcurl, with the types that its header gives them. */
typedef struct {
    __typeof__(curl_global_init)   *global_init;
    __typeof__(curl_easy_init)     *easy_init;
    __typeof__(curl_easy_cleanup)  *easy_cleanup;
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
    ngx_uint_t                     stopped; /* by us, what came is ignored */

    char error[CURL_ERROR_SIZE];
    char reason[2 * CURL_ERROR_SIZE + 128];
} ngx_http_link_func_fetch_t;


/* In all of these, NGX_ERROR leaves why in fetch->reason. */
ngx_int_t ngx_http_link_func_fetch_refuse(ngx_http_link_func_fetch_t *fetch,
                                          const char                 *reason);

ngx_int_t ngx_http_link_func_curl_open(ngx_http_link_func_fetch_t *fetch);
ngx_int_t ngx_http_link_func_curl_prepare(ngx_http_link_func_fetch_t *fetch);
ngx_int_t ngx_http_link_func_curl_login(ngx_http_link_func_fetch_t *fetch);
ngx_int_t ngx_http_link_func_curl_trust(ngx_http_link_func_fetch_t *fetch);
ngx_int_t ngx_http_link_func_curl_request(ngx_http_link_func_fetch_t *fetch);


#pragma GCC visibility pop

#endif /* NGX_HTTP_LINK_FUNC_FETCH_H */
