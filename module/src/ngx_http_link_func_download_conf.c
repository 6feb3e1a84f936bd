/*
 * The directives of downloads.
 */

#include "ngx_http_link_func_download.h"

#include "lf_sha256.h"
#include "lf_url.h"


#define NGX_HTTP_LINK_FUNC_CA_MAX ((off_t) 16 * 1024 * 1024)


/* These return NULL, or what is wrong with the argument. */
static const char *
ngx_http_link_func_download_url(ngx_conf_t                    *cf,
                                ngx_http_link_func_download_t *download);
static const char                    *
ngx_http_link_func_download_headers(ngx_conf_t                    *cf,
                                                       ngx_http_link_func_download_t *download);
static const char *ngx_http_link_func_download_header(
    ngx_conf_t *cf, ngx_http_link_func_download_t *download, lf_str_t line);
static const char *ngx_http_link_func_download_header_wrong(lf_str_t name,
                                                            lf_str_t value);


static const char ngx_http_link_func_no_memory[] = "does not fit into memory";


char *
ngx_http_link_func_set_download(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_link_func_srv_conf_t *lscf = conf;

    ngx_str_t                     *value;
    const char                    *wrong;
    ngx_http_link_func_download_t *download;

    if (lscf->path.data) {
        return "is duplicate";
    }

    download = ngx_pcalloc(cf->pool, sizeof(ngx_http_link_func_download_t));
    if (download == NULL) {
        return NGX_CONF_ERROR;
    }

    value = cf->args->elts;
    download->fd = NGX_INVALID_FILE;
    download->url = value[1];
    download->path = value[cf->args->nelts - 1];

    if (cf->args->nelts == 4) {
        download->header_text = value[2];
    }

    ngx_http_link_func_set_place(cf, &download->place);

    wrong = ngx_http_link_func_download_url(cf, download);

    if (wrong == NULL) {
        wrong = ngx_http_link_func_download_headers(cf, download);
    }

    if (wrong == NULL && download->path.len == 0) {
        wrong = "has no path";
    }

#if !(NGX_HTTP_LINK_FUNC_CURL)
    if (wrong == NULL) {
        wrong = "cannot be downloaded, the module was built without libcurl's "
                "headers";
    }
#endif

    if (wrong) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "ngx_link_func_download_link_lib: \"%V\" %s",
                           &download->shown, wrong);
        return NGX_CONF_ERROR;
    }

    if (ngx_conf_full_name(cf->cycle, &download->path, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    lscf->path = download->path;
    lscf->place = download->place;
    lscf->download = download;

    return NGX_CONF_OK;
}


/* What messages show of the URL has no credentials, nor a query, where tokens
 * are. */

static const char *
ngx_http_link_func_download_url(ngx_conf_t                    *cf,
                                ngx_http_link_func_download_t *download)
{
    u_char  *p;
    lf_str_t hash, shown;
    lf_url_t url;

    static const char prefix[] = "sha256=";

    if (!lf_url_parse(ngx_http_link_func_lf(download->url), &url)) {
        shown = lf_url_harmless(ngx_http_link_func_lf(download->url));
        download->shown.data = (u_char *) shown.data;
        download->shown.len = shown.len;
        return "is not an http or https URL";
    }

    p = ngx_pnalloc(cf->pool, download->url.len + sizeof("https://?..."));
    if (p == NULL) {
        return ngx_http_link_func_no_memory;
    }

    download->shown.data = p;
    p = ngx_sprintf(p, "%s://%*s%*s%s", url.secure ? "https" : "http",
                    url.authority.len, url.authority.data, url.path.len,
                    url.path.data, url.query.len ? "?..." : "");
    download->shown.len = (size_t) (p - download->shown.data);

    if (url.fragment.data == NULL) {
        return NULL;
    }

    hash = url.fragment;

    if (hash.len < sizeof(prefix) - 1
        || ngx_strncmp(hash.data, prefix, sizeof(prefix) - 1) != 0
        || !lf_sha256_parse(lf_str(hash.data + sizeof(prefix) - 1,
                                   hash.len - (sizeof(prefix) - 1)),
                            download->digest))
    {
        return "does not end in \"#sha256=\" and 64 hexadecimal digits";
    }

    download->hashed = 1;

    return NULL;
}


static const char *
ngx_http_link_func_download_headers(ngx_conf_t                    *cf,
                                    ngx_http_link_func_download_t *download)
{
    u_char     *p, *last, *end;
    lf_str_t    line;
    const char *wrong;

    download->headers = ngx_array_create(cf->pool, 4, sizeof(char *));
    if (download->headers == NULL) {
        return ngx_http_link_func_no_memory;
    }

    p = download->header_text.data;
    last = p + download->header_text.len;

    for (/* void */; p < last; p = end + 1) {
        end = ngx_strlchr(p, last, '\n');
        end = end ? end : last;
        line = lf_str((char *) p, (size_t) (end - p));

        if (line.len && line.data[line.len - 1] == '\r') {
            line.len--;
        }

        if (line.len == 0) {
            continue;
        }

        wrong = ngx_http_link_func_download_header(cf, download, line);
        if (wrong) {
            return wrong;
        }
    }

    return NULL;
}


static const char *
ngx_http_link_func_download_header(ngx_conf_t                    *cf,
                                   ngx_http_link_func_download_t *download,
                                   lf_str_t                       line)
{
    char      **header;
    size_t      at;
    lf_str_t    name, value;
    const char *wrong;

    for (at = 0; at < line.len && line.data[at] != ':'; at++) {
        /* void */
    }

    if (at == line.len) {
        return "has a header without a colon";
    }

    name = lf_str(line.data, at);

    for (at++; at < line.len && (line.data[at] == ' ' || line.data[at] == '\t');
         at++)
    {
        /* void */
    }

    value = lf_str(line.data + at, line.len - at);

    wrong = ngx_http_link_func_download_header_wrong(name, value);
    if (wrong) {
        return wrong;
    }

    header = ngx_array_push(download->headers);
    if (header == NULL) {
        return ngx_http_link_func_no_memory;
    }

    *header = ngx_pnalloc(cf->pool, line.len + sizeof(": "));
    if (*header == NULL) {
        return ngx_http_link_func_no_memory;
    }

    /* For libcurl a semicolon makes a header with an empty value. */

    (void) ngx_sprintf((u_char *) *header,
                       value.len ? "%*s: %*s%Z" : "%*s;%*s%Z", name.len,
                       name.data, value.len, value.data);

    return NULL;
}


static const char *
ngx_http_link_func_download_header_wrong(lf_str_t name, lf_str_t value)
{
    size_t i;

    switch (lf_header_check(name, value)) {
    case LF_HEADER_OK:
        break;

    case LF_HEADER_FRAMES_MESSAGE:
        return "has a header that frames the message";

    default:
        return "has a malformed header";
    }

    for (i = 0; i < value.len; i++) {
        if (((u_char) value.data[i] < ' ' && value.data[i] != '\t')
            || value.data[i] == 0x7f)
        {
            return "has a header with a control character";
        }
    }

    return NULL;
}


char *
ngx_http_link_func_set_ca_cert(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_link_func_srv_conf_t *lscf = conf;

    ngx_str_t *value;

    if (lscf->ca_cert.data) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (value[1].len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "ngx_link_func_ca_cert: \"\" is not a path");
        return NGX_CONF_ERROR;
    }

    lscf->ca_cert = value[1];

    if (ngx_conf_full_name(cf->cycle, &lscf->ca_cert, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    ngx_http_link_func_set_place(cf, &lscf->ca_place);

    return NGX_CONF_OK;
}


/* The child, which is the worker user, may not be able to read it. */

ngx_int_t
ngx_http_link_func_ca_read(ngx_cycle_t                   *cycle,
                           ngx_http_link_func_srv_conf_t *lscf, ngx_str_t *ca)
{
    ssize_t         n;
    ngx_fd_t        fd;
    ngx_err_t       err;
    ngx_file_info_t info;

    fd = open((char *) lscf->ca_cert.data, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

    if (fd == NGX_INVALID_FILE) {
        err = ngx_errno;
        goto failed;
    }

    err = 0;
    n = -1;

    if (ngx_fd_info(fd, &info) != NGX_FILE_ERROR && ngx_is_file(&info)
        && ngx_file_size(&info) <= NGX_HTTP_LINK_FUNC_CA_MAX)
    {
        ca->len = (size_t) ngx_file_size(&info);
        ca->data = ngx_pnalloc(cycle->pool, ca->len + 1);
        if (ca->data == NULL) {
            (void) ngx_close_file(fd);
            return NGX_ERROR;
        }

        n = ngx_read_fd(fd, ca->data, ca->len);
        err = n == -1 ? ngx_errno : 0;
    }

    (void) ngx_close_file(fd);

    if (n > 0 && (size_t) n == ca->len) {
        return NGX_OK;
    }

failed:

    ngx_log_error(NGX_LOG_EMERG, cycle->log, err,
                  "ngx_link_func_ca_cert: \"%V\" cannot be read in %V:%ui",
                  &lscf->ca_cert, &lscf->ca_place.file, lscf->ca_place.line);

    return NGX_ERROR;
}
