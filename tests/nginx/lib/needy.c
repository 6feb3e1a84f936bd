/* Needs another library of its folder; the test finds it through $ORIGIN. */

#include <ngx_link_func_module.h>

#include <string.h>

const char *needed_text(void);
void needy(ngx_link_func_ctx_t *ctx);

#ifdef NEEDED
void needed(ngx_link_func_ctx_t *ctx);

const char *needed_text(void) {
    return "from beside";
}

void needed(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, "of another", 10);
}
#else
void needy(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, needed_text(), strlen(needed_text()));
}
#endif
