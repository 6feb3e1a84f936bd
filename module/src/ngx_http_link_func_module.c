/*
 * The table of directives, the module tables and the life of the module.
 *
 * The module is two: a core module, because only its init_conf runs when the
 * whole configuration is known and can still refuse a reload cleanly, and the
 * HTTP module with everything else.
 */

#include "ngx_http_link_func_module.h"


static char *ngx_http_link_func_core_init_conf(ngx_cycle_t *cycle, void *conf);
static ngx_int_t ngx_http_link_func_init_module(ngx_cycle_t *cycle);
static ngx_int_t ngx_http_link_func_init_process(ngx_cycle_t *cycle);
static void      ngx_http_link_func_exit_process(ngx_cycle_t *cycle);

static ngx_int_t  ngx_http_link_func_postconfiguration(ngx_conf_t *cf);
static ngx_int_t  ngx_http_link_func_add_handler(ngx_conf_t         *cf,
                                                 ngx_uint_t          phase,
                                                 ngx_http_handler_pt handler);
static ngx_uint_t ngx_http_link_func_realip(ngx_http_core_main_conf_t *cmcf,
                                            ngx_uint_t                 n);


/* Tables keep the columns of NGINX. */
/* clang-format off */

static ngx_command_t ngx_http_link_func_commands[] = {

    { ngx_string("ngx_link_func_lib"),
      NGX_HTTP_SRV_CONF|NGX_CONF_TAKE1,
      ngx_http_link_func_set_lib,
      NGX_HTTP_SRV_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("ngx_link_func_download_link_lib"),
      NGX_HTTP_SRV_CONF|NGX_CONF_TAKE23,
      ngx_http_link_func_set_download,
      NGX_HTTP_SRV_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("ngx_link_func_ca_cert"),
      NGX_HTTP_SRV_CONF|NGX_CONF_TAKE1,
      ngx_http_link_func_set_ca_cert,
      NGX_HTTP_SRV_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("ngx_link_func_snapshot"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_SRV_CONF_OFFSET,
      offsetof(ngx_http_link_func_srv_conf_t, snapshot),
      NULL },

    { ngx_string("ngx_link_func_call"),
      NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_link_func_set_call,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("ngx_link_func_shm_size"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_http_link_func_set_shm_size,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("ngx_link_func_add_prop"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_TAKE2,
      ngx_http_link_func_add_prop,
      NGX_HTTP_SRV_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("ngx_link_func_add_req_header"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_HTTP_LIF_CONF
                        |NGX_CONF_TAKE2,
      ngx_http_link_func_add_req_header,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_core_module_t ngx_http_link_func_core_module_ctx = {
    ngx_string("link_func"),
    NULL,                                  /* create configuration */
    ngx_http_link_func_core_init_conf      /* init configuration */
};


ngx_module_t ngx_http_link_func_core_module = {
    NGX_MODULE_V1,
    &ngx_http_link_func_core_module_ctx,   /* module context */
    NULL,                                  /* module directives */
    NGX_CORE_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    NULL,                                  /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    NULL,                                  /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static ngx_http_module_t ngx_http_link_func_module_ctx = {
    NULL,                                  /* preconfiguration */
    ngx_http_link_func_postconfiguration,  /* postconfiguration */

    ngx_http_link_func_create_main_conf,   /* create main configuration */
    NULL,                                  /* init main configuration */

    ngx_http_link_func_create_srv_conf,    /* create server configuration */
    ngx_http_link_func_merge_srv_conf,     /* merge server configuration */

    ngx_http_link_func_create_loc_conf,    /* create location configuration */
    ngx_http_link_func_merge_loc_conf      /* merge location configuration */
};


ngx_module_t ngx_http_link_func_module = {
    NGX_MODULE_V1,
    &ngx_http_link_func_module_ctx,        /* module context */
    ngx_http_link_func_commands,           /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    ngx_http_link_func_init_module,        /* init module */
    ngx_http_link_func_init_process,       /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    ngx_http_link_func_exit_process,       /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};

/* clang-format on */


static char *
ngx_http_link_func_core_init_conf(ngx_cycle_t *cycle, void *conf)
{
    ngx_http_core_main_conf_t      *cmcf;
    ngx_http_link_func_main_conf_t *lmcf;

    /* "nginx -s" parses the configuration only to find the pid file. */

    if (ngx_process == NGX_PROCESS_SIGNALLER) {
        return NGX_CONF_OK;
    }

    lmcf =
        ngx_http_cycle_get_module_main_conf(cycle, ngx_http_link_func_module);

    if (lmcf == NULL) {
        return NGX_CONF_OK;
    }

    cmcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_core_module);
    ngx_http_link_func_uncache_variables(cmcf, &lmcf->req_headers);

    if (ngx_http_link_func_find_computed(cmcf, cycle->pool, &lmcf->computed)
        != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    if (ngx_http_link_func_load(cycle, lmcf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* The configuration is accepted, with its zones and sockets.  An error here
 * would end a running master, so there is none. */

static ngx_int_t
ngx_http_link_func_init_module(ngx_cycle_t *cycle)
{
    ngx_http_link_func_main_conf_t *lmcf;

    lmcf =
        ngx_http_cycle_get_module_main_conf(cycle, ngx_http_link_func_module);

    if (lmcf == NULL || ngx_test_config) {
        return NGX_OK;
    }

    ngx_http_link_func_download_install(cycle, lmcf);
    ngx_http_link_func_snapshot_say(cycle, lmcf);
    ngx_http_link_func_shm_say_changed(cycle, lmcf->shm);

    return NGX_OK;
}


static ngx_int_t
ngx_http_link_func_init_process(ngx_cycle_t *cycle)
{
    ngx_http_link_func_main_conf_t *lmcf;

    /* The cache manager and loader serve no requests. */

    if (ngx_process == NGX_PROCESS_HELPER) {
        return NGX_OK;
    }

    lmcf =
        ngx_http_cycle_get_module_main_conf(cycle, ngx_http_link_func_module);
    if (lmcf) {
        ngx_http_link_func_library_open_all(cycle, lmcf);
    }

    return NGX_OK;
}


static void
ngx_http_link_func_exit_process(ngx_cycle_t *cycle)
{
    ngx_http_link_func_main_conf_t *lmcf;

    if (ngx_process == NGX_PROCESS_HELPER) {
        return;
    }

    lmcf =
        ngx_http_cycle_get_module_main_conf(cycle, ngx_http_link_func_module);
    if (lmcf) {
        ngx_http_link_func_library_exit_all(lmcf);
        ngx_http_link_func_shm_exit();
    }
}


/* Handlers run for every request of every server, so they stand only in the
 * phases that a location has asked for. */

static ngx_int_t
ngx_http_link_func_postconfiguration(ngx_conf_t *cf)
{
    ngx_http_link_func_main_conf_t *lmcf;

    lmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_link_func_module);

    if (lmcf->req_headers.nelts
        && ngx_http_link_func_add_handler(cf, NGX_HTTP_PREACCESS_PHASE,
                                          ngx_http_link_func_req_header_handler)
               != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (lmcf->gates
        && ngx_http_link_func_add_handler(cf, NGX_HTTP_PRECONTENT_PHASE,
                                          ngx_http_link_func_gate_handler)
               != NGX_OK)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* The last handler of a phase runs first: a gate stands before try_files and
 * mirror. */

static ngx_int_t
ngx_http_link_func_add_handler(ngx_conf_t *cf, ngx_uint_t phase,
                               ngx_http_handler_pt handler)
{
    ngx_uint_t                 i, n;
    ngx_array_t               *handlers;
    ngx_http_handler_pt       *h;
    ngx_http_core_main_conf_t *cmcf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);
    handlers = &cmcf->phases[phase].handlers;
    n = handlers->nelts;

    if (ngx_array_push(handlers) == NULL) {
        return NGX_ERROR;
    }

    i = phase == NGX_HTTP_PREACCESS_PHASE ? ngx_http_link_func_realip(cmcf, n)
                                          : n;

    h = handlers->elts;
    h += i;
    ngx_memmove(h + 1, h, (n - i) * sizeof(ngx_http_handler_pt));
    *h = handler;

    return NGX_OK;
}


/* Where realip is among the n handlers of the preaccess phase, else n.  Headers
 * wait for the address that it finds, but not for limits that count by them.
 * No other module has its handler of that phase in the first one, too. */

static ngx_uint_t
ngx_http_link_func_realip(ngx_http_core_main_conf_t *cmcf, ngx_uint_t n)
{
    ngx_uint_t           i, k;
    ngx_array_t         *first;
    ngx_http_handler_pt *h, *read;

    h = cmcf->phases[NGX_HTTP_PREACCESS_PHASE].handlers.elts;
    first = &cmcf->phases[NGX_HTTP_POST_READ_PHASE].handlers;
    read = first->elts;

    for (i = 0; i < n; i++) {
        for (k = 0; k < first->nelts; k++) {
            if (h[i] == read[k]) {
                return i;
            }
        }
    }

    return n;
}
