/* A function that cuts the file short in which NGINX keeps the request body. */

#include <ngx_link_func_module.h>

#include <dirent.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

void cut_body(ngx_link_func_ctx_t *ctx);
void read_body(ngx_link_func_ctx_t *ctx);

void ngx_link_func_init_cycle(ngx_link_func_cycle_t *cycle) {
    (void) cycle;
}

void ngx_link_func_exit_cycle(ngx_link_func_cycle_t *cycle) {
    (void) cycle;
}

/* It has the file open, which has no name any more. */
static int cut_file(const char *descriptor) {
    char link[64], path[PATH_MAX];
    ssize_t len;

    (void) snprintf(link, sizeof(link), "/proc/self/fd/%s", descriptor);
    len = readlink(link, path, sizeof(path) - 1);
    path[len < 0 ? 0 : len] = '\0';
    return strstr(path, "/client_body_temp/") != NULL && truncate(link, 10) == 0;
}

static int cut_files(void) {
    DIR *descriptors = opendir("/proc/self/fd");
    const struct dirent *entry;
    int cut = 0;

    while (descriptors != NULL && (entry = readdir(descriptors)) != NULL) {
        cut += cut_file(entry->d_name);
    }
    if (descriptors != NULL) {
        (void) closedir(descriptors);
    }
    return cut;
}

/* The page's part, of the same body, runs behind it. */
void cut_body(ngx_link_func_ctx_t *ctx) {
    static const char page[] = "[<!--#include virtual=\"/part\"-->]";

    if (cut_files() != 1) {
        ngx_link_func_write_resp(ctx, 500, NULL, NULL, "no file", 7);
        return;
    }
    ngx_link_func_write_resp(ctx, 200, NULL, "text/html", page, sizeof(page) - 1);
}

void read_body(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, (const char *) ctx->req_body, ctx->req_body_len);
}
