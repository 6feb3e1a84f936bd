/*
 * ngx_link_func_add_req_header: request headers that the configuration sets.
 */

#include "ngx_http_link_func_module.h"


static ngx_int_t ngx_http_link_func_make_req_header(
    ngx_conf_t *cf, ngx_http_link_func_req_header_t *header, ngx_str_t *value);
static ngx_uint_t ngx_http_link_func_has_mark(ngx_list_t   *list,
                                              const u_char *mark);
static ngx_int_t
ngx_http_link_func_set_req_header(ngx_http_request_t              *r,
                                  ngx_http_link_func_req_header_t *header);


char *
ngx_http_link_func_add_req_header(ngx_conf_t *cf, ngx_command_t *cmd,
                                  void *conf)
{
    ngx_http_link_func_loc_conf_t *llcf = conf;

    ngx_str_t                       *value;
    lf_header_verdict_t              verdict;
    ngx_http_link_func_req_header_t *header;

    value = cf->args->elts;

    verdict = lf_header_check_request(ngx_http_link_func_lf(value[1]),
                                      ngx_http_link_func_lf(value[2]));

    if (verdict != LF_HEADER_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "ngx_link_func_add_req_header: \"%V\" is refused, "
                           "%s",
                           &value[1], lf_message_verdict(verdict));
        return NGX_CONF_ERROR;
    }

    if (llcf->req_headers == NULL) {
        llcf->req_headers = ngx_array_create(
            cf->pool, 4, sizeof(ngx_http_link_func_req_header_t));
        if (llcf->req_headers == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    header = ngx_array_push(llcf->req_headers);
    if (header == NULL) {
        return NGX_CONF_ERROR;
    }

    return ngx_http_link_func_make_req_header(cf, header, value) == NGX_OK
               ? NGX_CONF_OK
               : NGX_CONF_ERROR;
}


static ngx_int_t
ngx_http_link_func_make_req_header(ngx_conf_t                      *cf,
                                   ngx_http_link_func_req_header_t *header,
                                   ngx_str_t                       *value)
{
    ngx_table_elt_t                 *name;
    ngx_http_link_func_main_conf_t  *lmcf;
    ngx_http_compile_complex_value_t ccv;

    header->name = value[1];

    ngx_memzero(&ccv, sizeof(ngx_http_compile_complex_value_t));

    ccv.cf = cf;
    ccv.value = &value[2];
    ccv.complex_value = &header->value;

    if (ngx_http_compile_complex_value(&ccv) != NGX_OK) {
        return NGX_ERROR;
    }

    lmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_link_func_module);

    name = ngx_array_push(&lmcf->req_headers);
    if (name == NULL) {
        return NGX_ERROR;
    }

    if (ngx_http_link_func_make_header(
            cf->pool, name, ngx_http_link_func_lf(value[1]), lf_cstr(NULL))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    header->mark = lf_variable_names_header(ngx_http_link_func_lf(value[2]),
                                            ngx_http_link_func_lf(value[1]))
                       ? name->lowcase_key
                       : NULL;

    return NGX_OK;
}


/* The preaccess phase: "set" and "if" are done, access checks come. */

ngx_int_t
ngx_http_link_func_req_header_handler(ngx_http_request_t *r)
{
    ngx_uint_t                       i;
    ngx_http_link_func_loc_conf_t   *llcf;
    ngx_http_link_func_req_header_t *header;

    llcf = ngx_http_get_module_loc_conf(r, ngx_http_link_func_module);

    if (llcf->req_headers == NULL) {
        return NGX_DECLINED;
    }

    header = llcf->req_headers->elts;

    for (i = 0; i < llcf->req_headers->nelts; i++) {
        if (ngx_http_link_func_set_req_header(r, &header[i]) != NGX_OK) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
    }

    return NGX_DECLINED;
}


/* What the client sent under that name goes in any case: also when there is
 * nothing to put in its place. */

static ngx_int_t
ngx_http_link_func_set_req_header(ngx_http_request_t              *r,
                                  ngx_http_link_func_req_header_t *header)
{
    ngx_str_t           value;
    ngx_table_elt_t     made;
    lf_header_verdict_t verdict;

    if (header->mark
        && ngx_http_link_func_has_mark(&r->headers_in.headers, header->mark))
    {
        return NGX_OK;
    }

    if (ngx_http_complex_value(r, &header->value, &value) != NGX_OK
        || ngx_http_link_func_make_header(r->pool, &made,
                                          ngx_http_link_func_lf(header->name),
                                          ngx_http_link_func_lf(value))
               != NGX_OK)
    {
        return NGX_ERROR;
    }

    verdict = lf_header_check_request(ngx_http_link_func_lf(header->name),
                                      ngx_http_link_func_lf(value));

    if (verdict != LF_HEADER_OK) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "ngx_link_func_add_req_header: \"%V\" is not set, %s",
                      &header->name, lf_message_verdict(verdict));
        value.len = 0;
    }

    if (value.len == 0) {
        made.value.data = NULL;
    }

    if (header->mark) {
        made.lowcase_key = header->mark;
    }

    return ngx_http_link_func_change_header_in(r, &made);
}


/* A value such as "$http_via, edge" is made from what the client sent, once: an
 * internal redirect and a subrequest find the header that it became. */

static ngx_uint_t
ngx_http_link_func_has_mark(ngx_list_t *list, const u_char *mark)
{
    ngx_uint_t       i;
    ngx_list_part_t *part;
    ngx_table_elt_t *h;

    for (part = &list->part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (h[i].lowcase_key == mark) {
                return 1;
            }
        }
    }

    return 0;
}
