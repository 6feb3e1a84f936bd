/*
 * What the files of the module share.  The public functions keep default
 * visibility, because libraries bind to them; everything else is hidden,
 * because the module is opened with RTLD_GLOBAL.
 */

#ifndef NGX_HTTP_LINK_FUNC_MODULE_H
#define NGX_HTTP_LINK_FUNC_MODULE_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include <ngx_link_func_module.h>

#include "lf_cookie.h"
#include "lf_header.h"
#include "lf_host.h"
#include "lf_log.h"
#include "lf_message.h"
#include "lf_prop.h"
#include "lf_query.h"
#include "lf_status.h"
#include "lf_str.h"
#include "lf_variable.h"

#pragma GCC visibility push(hidden)


typedef void (*ngx_http_link_func_pt)(ngx_link_func_ctx_t *ctx);
typedef void (*ngx_http_link_func_hook_pt)(ngx_link_func_cycle_t *cycle);

typedef struct ngx_http_link_func_shm_s ngx_http_link_func_shm_t;


/* Where a directive stands, for messages that come after parsing. */
typedef struct {
    ngx_str_t  file;
    ngx_uint_t line;
} ngx_http_link_func_place_t;


/* A file to be downloaded, however many servers want it. */
typedef struct {
    ngx_str_t                  url;   /* with credentials and fragment */
    ngx_str_t                  shown; /* the URL as messages may name it */
    ngx_str_t                  header_text;
    ngx_array_t               *headers; /* char *, "Name: value" */
    ngx_str_t                  ca_path;
    ngx_str_t                  ca; /* what is in that file */
    ngx_str_t                  path;
    ngx_http_link_func_place_t place;

    u_char  *temp; /* not yet renamed; NULL when there is none */
    ngx_fd_t fd;
    u_char  *old; /* another name for what was in its place, or NULL */

    u_char   digest[32];
    unsigned hashed : 1;
    unsigned placed : 1; /* renamed, for good when all of them are */
    unsigned absent : 1; /* nothing was in its place */
} ngx_http_link_func_download_t;


/* A distinct file, however many servers name it. */
typedef struct {
    ngx_str_t                  path;   /* as configured, NUL-terminated */
    u_char                    *load;   /* what dlopen() opens */
    ngx_str_t                  origin; /* where it was downloaded from */
    const char                *directive;
    ngx_http_link_func_place_t place;
    ngx_array_t                servers; /* srv_conf_t *, configuration order */
    ngx_fd_t                   fd;      /* the snapshot */

    /* while the configuration is loaded */
    ngx_fd_t        source; /* of the download, when it is downloaded */
    ngx_fd_t        file;
    ngx_file_info_t info; /* tells two names of one file */

    /* shared with the other workers */
    ngx_atomic_t *skipped; /* it has killed a worker that opened it */
    u_char       *entered; /* for each worker: where in it that is */

    /* of this worker */
    void                 *handle; /* NULL: its locations answer 503 */
    ngx_link_func_cycle_t cycle;

    unsigned snapshot : 1;
    unsigned uses_origin : 1; /* and so has none */
    unsigned downloaded : 1;  /* just now, nobody else writes to it */
} ngx_http_link_func_library_t;


typedef struct {
    ngx_str_t                     path;
    ngx_http_link_func_place_t    place;
    ngx_http_link_func_library_t *library;
    ngx_array_t                  *props; /* lf_prop_t, inner values last */
    ngx_flag_t                    snapshot;

    ngx_http_link_func_download_t *download;
    ngx_str_t                      ca_cert;
    ngx_http_link_func_place_t     ca_place;
} ngx_http_link_func_srv_conf_t;


/* A header that ngx_link_func_add_req_header sets. */
typedef struct {
    ngx_str_t                name;
    ngx_http_complex_value_t value;
    u_char *mark; /* NULL: the value does not name the header */
} ngx_http_link_func_req_header_t;


typedef struct {
    ngx_str_t                      name; /* NUL-terminated */
    ngx_http_link_func_place_t     place;
    ngx_http_link_func_srv_conf_t *server;
    ngx_http_link_func_library_t  *library;

    /* of this worker */
    ngx_http_link_func_pt function; /* NULL: answers 503 */
} ngx_http_link_func_call_t;


typedef struct {
    ngx_array_t               servers;     /* srv_conf_t *, order of the file */
    ngx_array_t               downloads;   /* download_t * */
    ngx_array_t               libraries;   /* library_t * */
    ngx_array_t               calls;       /* call_t * */
    ngx_http_link_func_shm_t *shm;         /* NULL without shm_size */
    ngx_uint_t                gates;       /* locations that have one */
    ngx_array_t               req_headers; /* table_elt_t, the names set */
    ngx_array_t               computed;    /* ngx_uint_t, of variables */
    const char               *no_snapshots; /* what has failed, or NULL */
    ngx_err_t                 no_snapshots_err;
} ngx_http_link_func_main_conf_t;


typedef struct {
    ngx_http_link_func_call_t *call;
    ngx_array_t               *req_headers; /* req_header_t; NULL: none */
    ngx_uint_t                 gate; /* another handler answers behind it */
} ngx_http_link_func_loc_conf_t;


typedef struct ngx_http_link_func_task_s ngx_http_link_func_task_t;


#define NGX_HTTP_LINK_FUNC_REST 128


/* One call of one function: what it sees and what it answered. */
typedef struct {
    ngx_link_func_ctx_t ctx;

    ngx_http_link_func_call_t *call;
    ngx_http_link_func_task_t *task; /* NULL on the event loop */

    /* In a pool thread these three belong to the call, else to the request. */
    ngx_pool_t *pool;
    ngx_list_t *headers_in;
    ngx_list_t *headers_out;

    uintptr_t status;
    ngx_str_t status_line;
    ngx_str_t content_type;
    size_t    media_len; /* of content_type without parameters; 0: unknown */
    ngx_str_t body;

    unsigned written : 1;
    unsigned declined : 1;
    unsigned failed : 1;      /* out of memory while it was written */
    unsigned refused : 1;     /* no status to be sent */
    unsigned typed : 1;       /* the content type came from add_header_out */
    unsigned headers_set : 1; /* headers_out was changed */
    unsigned passed : 1;      /* the gate is open */

    /* Only set when they are used. */
    ngx_buf_t   buf;
    ngx_chain_t out;
    u_char      rest[NGX_HTTP_LINK_FUNC_REST]; /* a short response */
} ngx_http_link_func_ctx_t;


/* What runs for every request is worth being in its caller, and what hardly
 * ever runs is worth not being there. */
#define ngx_http_link_func_hot  ngx_inline __attribute__((always_inline))
#define ngx_http_link_func_cold __attribute__((noinline, cold))


extern ngx_module_t ngx_http_link_func_core_module;
extern ngx_module_t ngx_http_link_func_module;


/* conf */
void *ngx_http_link_func_create_main_conf(ngx_conf_t *cf);
void *ngx_http_link_func_create_srv_conf(ngx_conf_t *cf);
char *ngx_http_link_func_merge_srv_conf(ngx_conf_t *cf, void *parent,
                                        void *child);
void *ngx_http_link_func_create_loc_conf(ngx_conf_t *cf);
char *ngx_http_link_func_merge_loc_conf(ngx_conf_t *cf, void *parent,
                                        void *child);
char *ngx_http_link_func_set_lib(ngx_conf_t *cf, ngx_command_t *cmd,
                                 void *conf);
char *ngx_http_link_func_set_call(ngx_conf_t *cf, ngx_command_t *cmd,
                                  void *conf);
char *ngx_http_link_func_set_shm_size(ngx_conf_t *cf, ngx_command_t *cmd,
                                      void *conf);
char *ngx_http_link_func_add_prop(ngx_conf_t *cf, ngx_command_t *cmd,
                                  void *conf);
void  ngx_http_link_func_set_place(ngx_conf_t                 *cf,
                                   ngx_http_link_func_place_t *place);

/* load */
ngx_int_t ngx_http_link_func_load(ngx_cycle_t                    *cycle,
                                  ngx_http_link_func_main_conf_t *lmcf);

/* download */
char     *ngx_http_link_func_set_download(ngx_conf_t *cf, ngx_command_t *cmd,
                                          void *conf);
char     *ngx_http_link_func_set_ca_cert(ngx_conf_t *cf, ngx_command_t *cmd,
                                         void *conf);
ngx_int_t ngx_http_link_func_download(ngx_cycle_t                    *cycle,
                                      ngx_http_link_func_main_conf_t *lmcf);
ngx_int_t
     ngx_http_link_func_download_source(ngx_cycle_t                    *cycle,
                                        ngx_http_link_func_main_conf_t *lmcf,
                                        ngx_http_link_func_library_t   *library);
void ngx_http_link_func_download_install(ngx_cycle_t                    *cycle,
                                         ngx_http_link_func_main_conf_t *lmcf);
void ngx_http_link_func_download_discard(ngx_http_link_func_main_conf_t *lmcf);

/* snapshot */
ngx_int_t ngx_http_link_func_snapshot(ngx_cycle_t                    *cycle,
                                      ngx_http_link_func_main_conf_t *lmcf,
                                      ngx_http_link_func_library_t   *library);
void      ngx_http_link_func_snapshot_say(ngx_cycle_t                    *cycle,
                                          ngx_http_link_func_main_conf_t *lmcf);

/* library */
ngx_int_t
     ngx_http_link_func_library_share(ngx_cycle_t                    *cycle,
                                      ngx_http_link_func_main_conf_t *lmcf);
void ngx_http_link_func_library_open_all(ngx_cycle_t                    *cycle,
                                         ngx_http_link_func_main_conf_t *lmcf);
void ngx_http_link_func_library_exit_all(ngx_http_link_func_main_conf_t *lmcf);
u_char *ngx_http_link_func_library_reason(ngx_http_link_func_library_t *library,
                                          const char *reason, u_char *buf,
                                          u_char *last);

/* verify */
ngx_int_t ngx_http_link_func_verify(ngx_cycle_t                    *cycle,
                                    ngx_http_link_func_main_conf_t *lmcf);

/* request */
ngx_int_t ngx_http_link_func_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_link_func_gate_handler(ngx_http_request_t *r);
void      ngx_http_link_func_run(ngx_http_link_func_ctx_t *lctx);
void      ngx_http_link_func_resume(ngx_http_request_t       *r,
                                    ngx_http_link_func_ctx_t *lctx);

/* body */
ngx_uint_t ngx_http_link_func_body_may_come(ngx_http_request_t *r);
ngx_uint_t ngx_http_link_func_body_is_passed_on(ngx_http_request_t *r);
ngx_int_t  ngx_http_link_func_body_get(ngx_http_request_t  *r,
                                       ngx_link_func_ctx_t *ctx);

/* thread */
ngx_int_t ngx_http_link_func_thread_post(ngx_http_request_t       *r,
                                         ngx_http_link_func_ctx_t *lctx,
                                         ngx_http_core_loc_conf_t *clcf);
void      ngx_http_link_func_task_log(ngx_http_link_func_task_t *task,
                                      ngx_uint_t level, const char *text,
                                      size_t len);
ngx_str_t ngx_http_link_func_task_addr(ngx_http_link_func_task_t *task);
ngx_int_t
ngx_http_link_func_task_change_header_in(ngx_http_link_func_ctx_t *lctx,
                                         ngx_table_elt_t          *with);

/* response */
ngx_int_t ngx_http_link_func_answer(ngx_http_request_t       *r,
                                    ngx_http_link_func_ctx_t *lctx);

/* header */
ngx_int_t  ngx_http_link_func_make_header(ngx_pool_t *pool, ngx_table_elt_t *h,
                                          lf_str_t name, lf_str_t value);
ngx_uint_t ngx_http_link_func_same_name(ngx_table_elt_t *a, ngx_table_elt_t *b);
ngx_uint_t ngx_http_link_func_header_refused(ngx_http_link_func_ctx_t *lctx,
                                             const char               *function,
                                             lf_str_t                  name,
                                             lf_header_verdict_t       verdict);
ngx_int_t  ngx_http_link_func_copy_headers(ngx_pool_t *pool, ngx_list_t *to,
                                           ngx_list_t *from, ngx_uint_t room);
void       ngx_http_link_func_move_headers(ngx_list_t *to, ngx_list_t *from);

/* header_in; a header without a value is one to remove */
ngx_int_t ngx_http_link_func_change_list(ngx_pool_t *pool, ngx_list_t *list,
                                         ngx_table_elt_t  *with,
                                         ngx_table_elt_t **set);
ngx_int_t ngx_http_link_func_change_header_in(ngx_http_request_t *r,
                                              ngx_table_elt_t    *with);
ngx_int_t ngx_http_link_func_change_headers_in(ngx_http_request_t *r,
                                               ngx_table_elt_t    *with);
ngx_table_elt_t *ngx_http_link_func_find_in(ngx_list_t *list, lf_str_t name);

/* header_out */
ngx_int_t ngx_http_link_func_set_fields_out(ngx_http_request_t *r);
void      ngx_http_link_func_drop_representation(ngx_http_request_t *r);

/* req_header */
char     *ngx_http_link_func_add_req_header(ngx_conf_t *cf, ngx_command_t *cmd,
                                            void *conf);
ngx_int_t ngx_http_link_func_req_header_handler(ngx_http_request_t *r);

/* variable */
void      ngx_http_link_func_forget_variables(ngx_http_request_t *r,
                                              ngx_table_elt_t    *h);
void      ngx_http_link_func_uncache_variables(ngx_http_core_main_conf_t *cmcf,
                                               ngx_array_t               *headers);
ngx_int_t ngx_http_link_func_find_computed(ngx_http_core_main_conf_t *cmcf,
                                           ngx_pool_t                *pool,
                                           ngx_array_t               *computed);

/* shm */
ngx_int_t ngx_http_link_func_shm_add(ngx_conf_t                     *cf,
                                     ngx_http_link_func_main_conf_t *lmcf,
                                     size_t                          size);
void      ngx_http_link_func_shm_exit(void);
void      ngx_http_link_func_shm_say_changed(ngx_cycle_t              *cycle,
                                             ngx_http_link_func_shm_t *shm);

/* api */
void ngx_http_link_func_log_line(ngx_uint_t level, ngx_log_t *log,
                                 const char *line, size_t len);
void ngx_http_link_func_log(ngx_http_link_func_ctx_t *lctx, ngx_uint_t level,
                            const char *line, size_t len);
int  ngx_http_link_func_lend(ngx_http_link_func_ctx_t *lctx,
                             ngx_link_func_str_t *out, lf_str_t text);

#define ngx_http_link_func_request(ctx) ((ngx_http_request_t *) (ctx)->__r__)

#define ngx_http_link_func_get_ctx(r)                                          \
    ((ngx_http_link_func_ctx_t *) ngx_http_get_module_ctx(                     \
        r, ngx_http_link_func_module))

/* An application may hand in a copy of the context that it was given, so the
 * call is not found by the address. */
#define ngx_http_link_func_call_ctx(ctx)                                       \
    ngx_http_link_func_get_ctx(ngx_http_link_func_request(ctx))

/* NGINX's text as sdk/src takes it. */
#define ngx_http_link_func_lf(str) lf_str((const char *) (str).data, (str).len)


#pragma GCC visibility pop

#endif /* NGX_HTTP_LINK_FUNC_MODULE_H */
