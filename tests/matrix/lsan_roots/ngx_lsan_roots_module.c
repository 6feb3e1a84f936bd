/*
 * Tells the leak sanitizer where two things stand that it does not find by
 * itself.  To suppress the leaks that it sees instead would have each process
 * of NGINX read the debug information of all its libraries as it ends, which
 * took half the time of all tests.
 */

#include <ngx_config.h>
#include <ngx_core.h>

#include <link.h>
#include <sanitizer/lsan_interface.h>


/* More than the loader's struct link_map has, public members and private. */
#define NGX_LSAN_LINK_MAP 2048


static void ngx_lsan_roots_exit_process(ngx_cycle_t *cycle);


static ngx_core_module_t ngx_lsan_roots_module_ctx = {
    ngx_string("lsan_roots"), NULL, /* create configuration */
    NULL                            /* init configuration */
};


ngx_module_t ngx_lsan_roots_module = {
    NGX_MODULE_V1,
    &ngx_lsan_roots_module_ctx,  /* module context */
    NULL,                        /* module directives */
    NGX_CORE_MODULE,             /* module type */
    NULL,                        /* init master */
    NULL,                        /* init module */
    NULL,                        /* init process */
    NULL,                        /* init thread */
    NULL,                        /* exit thread */
    ngx_lsan_roots_exit_process, /* exit process */
    NULL,                        /* exit master */
    NGX_MODULE_V1_PADDING};


/* Volatile, as nothing reads it. */
static void *volatile ngx_lsan_roots[3];


/*
 * The loader's lists, and what is opened later, hang on the maps of what the
 * program is linked with, which the loader allocates before there is a malloc()
 * that the sanitizer could watch.
 */
static void __attribute__((constructor)) ngx_lsan_roots_of_loader(void)
{
    struct link_map *map;

    for (map = _r_debug.r_map; map != NULL; map = map->l_next) {
        __lsan_register_root_region(map, NGX_LSAN_LINK_MAP);
    }
}


/*
 * A worker has its connections and their events until it ends, but destroys the
 * cycle's pool before, in which alone the pointers to them stand.
 */
static void
ngx_lsan_roots_exit_process(ngx_cycle_t *cycle)
{
    ngx_lsan_roots[0] = cycle->connections;
    ngx_lsan_roots[1] = cycle->read_events;
    ngx_lsan_roots[2] = cycle->write_events;
}
