/*
 * What the directives set, where it is kept and how it is inherited.
 */

#include "ngx_http_link_func_module.h"


static ngx_int_t
                 ngx_http_link_func_merge_props(ngx_conf_t                    *cf,
                                                ngx_http_link_func_srv_conf_t *prev,
                                                ngx_http_link_func_srv_conf_t *conf);
static ngx_int_t ngx_http_link_func_bind_call(ngx_conf_t                *cf,
                                              ngx_http_link_func_call_t *call);


void *
ngx_http_link_func_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_link_func_main_conf_t *lmcf;

    lmcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_link_func_main_conf_t));
    if (lmcf == NULL) {
        return NULL;
    }

    if (ngx_array_init(&lmcf->servers, cf->pool, 4, sizeof(void *)) != NGX_OK
        || ngx_array_init(&lmcf->downloads, cf->pool, 1, sizeof(void *))
               != NGX_OK
        || ngx_array_init(&lmcf->libraries, cf->pool, 4, sizeof(void *))
               != NGX_OK
        || ngx_array_init(&lmcf->calls, cf->pool, 16, sizeof(void *)) != NGX_OK
        || ngx_array_init(&lmcf->computed, cf->pool, 4, sizeof(ngx_uint_t))
               != NGX_OK
        || ngx_array_init(&lmcf->req_headers, cf->pool, 4,
                          sizeof(ngx_table_elt_t))
               != NGX_OK)
    {
        return NULL;
    }

    return lmcf;
}


void *
ngx_http_link_func_create_srv_conf(ngx_conf_t *cf)
{
    ngx_http_link_func_srv_conf_t *lscf;

    lscf = ngx_pcalloc(cf->pool, sizeof(ngx_http_link_func_srv_conf_t));
    if (lscf == NULL) {
        return NULL;
    }

    lscf->snapshot = NGX_CONF_UNSET;

    return lscf;
}


/* The http level's properties and behind them the server's, which win. */

static ngx_int_t
ngx_http_link_func_merge_props(ngx_conf_t                    *cf,
                               ngx_http_link_func_srv_conf_t *prev,
                               ngx_http_link_func_srv_conf_t *conf)
{
    lf_prop_t   *prop;
    ngx_array_t *props;

    if (prev->props == NULL) {
        return NGX_OK;
    }

    if (conf->props == NULL) {
        conf->props = prev->props;
        return NGX_OK;
    }

    props = ngx_array_create(cf->pool, prev->props->nelts + conf->props->nelts,
                             sizeof(lf_prop_t));
    if (props == NULL) {
        return NGX_ERROR;
    }

    prop = ngx_array_push_n(props, prev->props->nelts);
    ngx_memcpy(prop, prev->props->elts, prev->props->nelts * sizeof(lf_prop_t));

    prop = ngx_array_push_n(props, conf->props->nelts);
    ngx_memcpy(prop, conf->props->elts, conf->props->nelts * sizeof(lf_prop_t));

    conf->props = props;

    return NGX_OK;
}


char *
ngx_http_link_func_merge_srv_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_link_func_srv_conf_t *prev = parent;
    ngx_http_link_func_srv_conf_t *conf = child;

    ngx_http_link_func_srv_conf_t **server;
    ngx_http_link_func_main_conf_t *lmcf;

    ngx_conf_merge_value(conf->snapshot, prev->snapshot, 1);

    if (ngx_http_link_func_merge_props(cf, prev, conf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    if (conf->path.len == 0 && conf->ca_cert.len == 0) {
        return NGX_CONF_OK;
    }

    lmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_link_func_module);

    server = ngx_array_push(&lmcf->servers);
    if (server == NULL) {
        return NGX_CONF_ERROR;
    }

    *server = conf;

    return NGX_CONF_OK;
}


void *
ngx_http_link_func_create_loc_conf(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(ngx_http_link_func_loc_conf_t));
}


/* Here the whole server is known, so the order of its directives is free. */

char *
ngx_http_link_func_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_link_func_loc_conf_t *prev = parent;
    ngx_http_link_func_loc_conf_t *conf = child;

    ngx_http_core_loc_conf_t       *clcf;
    ngx_http_link_func_main_conf_t *lmcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    lmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_link_func_module);

    if (conf->req_headers == NULL) {
        conf->req_headers = prev->req_headers;
    }

    /* "if" and "limit_except" blocks are unnamed locations. */

    if (conf->call == NULL && clcf->noname) {
        conf->call = prev->call;
        conf->gate = prev->gate;

    } else if (conf->call
               && ngx_http_link_func_bind_call(cf, conf->call) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    if (conf->call == NULL) {
        return NGX_CONF_OK;
    }

    if (clcf->handler && clcf->handler != ngx_http_link_func_handler) {
        conf->gate = 1;
    }

    if (conf->gate) {
        lmcf->gates++;

    } else {
        clcf->handler = ngx_http_link_func_handler;
    }

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_link_func_bind_call(ngx_conf_t *cf, ngx_http_link_func_call_t *call)
{
    ngx_http_link_func_srv_conf_t *lscf;

    lscf = ngx_http_conf_get_module_srv_conf(cf, ngx_http_link_func_module);

    if (lscf->path.len == 0) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "ngx_link_func_call: function \"%V\" has no library, "
                      "its server needs \"ngx_link_func_lib\" in %V:%ui",
                      &call->name, &call->place.file, call->place.line);
        return NGX_ERROR;
    }

    call->server = lscf;

    return NGX_OK;
}


void
ngx_http_link_func_set_place(ngx_conf_t *cf, ngx_http_link_func_place_t *place)
{
    place->file = cf->conf_file->file.name;
    place->line = cf->conf_file->line;
}


char *
ngx_http_link_func_set_lib(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_link_func_srv_conf_t *lscf = conf;

    ngx_str_t *value;

    if (lscf->path.data) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (value[1].len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "ngx_link_func_lib: \"\" is not a path");
        return NGX_CONF_ERROR;
    }

    lscf->path = value[1];

    if (ngx_conf_full_name(cf->cycle, &lscf->path, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    ngx_http_link_func_set_place(cf, &lscf->place);

    return NGX_CONF_OK;
}


char *
ngx_http_link_func_set_call(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_link_func_loc_conf_t *llcf = conf;

    ngx_str_t                      *value;
    ngx_http_link_func_call_t      *call, **callp;
    ngx_http_link_func_main_conf_t *lmcf;

    if (llcf->call) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (value[1].len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "ngx_link_func_call: \"\" is not a function");
        return NGX_CONF_ERROR;
    }

    call = ngx_pcalloc(cf->pool, sizeof(ngx_http_link_func_call_t));
    if (call == NULL) {
        return NGX_CONF_ERROR;
    }

    lmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_link_func_module);

    callp = ngx_array_push(&lmcf->calls);
    if (callp == NULL) {
        return NGX_CONF_ERROR;
    }

    *callp = call;
    llcf->call = call;
    call->name = value[1];
    ngx_http_link_func_set_place(cf, &call->place);

    return NGX_CONF_OK;
}


char *
ngx_http_link_func_set_shm_size(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_link_func_main_conf_t *lmcf = conf;

    off_t      size;
    ngx_str_t *value;

    if (lmcf->shm) {
        return "is duplicate";
    }

    value = cf->args->elts;

    /* Unlike ngx_parse_size() it knows gigabytes. */

    size = ngx_parse_offset(&value[1]);

    if (size == NGX_ERROR) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "ngx_link_func_shm_size: \"%V\" is not a size",
                           &value[1]);
        return NGX_CONF_ERROR;
    }

    if (size < (off_t) (8 * ngx_pagesize)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "ngx_link_func_shm_size: \"%V\" is too small, "
                           "the minimum is %uzk",
                           &value[1], 8 * ngx_pagesize / 1024);
        return NGX_CONF_ERROR;
    }

    if (ngx_http_link_func_shm_add(cf, lmcf, (size_t) size) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


char *
ngx_http_link_func_add_prop(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_link_func_srv_conf_t *lscf = conf;

    lf_str_t   key;
    ngx_str_t *value;
    lf_prop_t *prop;

    value = cf->args->elts;
    key = ngx_http_link_func_lf(value[1]);

    if (key.len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "ngx_link_func_add_prop: \"\" is not a key");
        return NGX_CONF_ERROR;
    }

    if (lscf->props == NULL) {
        lscf->props = ngx_array_create(cf->pool, 4, sizeof(lf_prop_t));
        if (lscf->props == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    if (lf_prop_find(lscf->props->elts, lscf->props->nelts, key)) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "ngx_link_func_add_prop: \"%V\" is set twice at "
                           "this level, the later value is used",
                           &value[1]);
    }

    prop = ngx_array_push(lscf->props);
    if (prop == NULL) {
        return NGX_CONF_ERROR;
    }

    /* The parser leaves a NUL behind each argument. */

    prop->key = key;
    prop->value = ngx_http_link_func_lf(value[2]);

    return NGX_CONF_OK;
}
