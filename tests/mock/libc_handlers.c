#include "libc_handlers.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int libc_blamed;

#define BLAMED(call)                                                                                         \
    do {                                                                                                     \
        libc_blamed = __LINE__;                                                                              \
        call;                                                                                                \
    } while (0)

static void answer(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_write_resp(ctx, 200, "200 OK", ngx_link_func_content_type_plaintext, "fine", 4);
}

/* The compiler must not know that nobody looks at a block. */
static void *volatile looked_at;

static void look_at(void *block) {
    looked_at = block;
    looked_at = NULL;
}

/*
 * borrowed-pointer
 */

void lends_a_value_on_its_stack(ngx_link_func_ctx_t *ctx) {
    char value[] = "value";

    BLAMED((void) ngx_link_func_add_header_out(ctx, "X-Name", 6, value, 5));
    answer(ctx);
}

void lends_a_name_on_its_stack(ngx_link_func_ctx_t *ctx) {
    char name[] = "X-Name";

    BLAMED((void) ngx_link_func_add_header_in(ctx, name, 6, "value", 5));
    answer(ctx);
}

void lends_a_status_line_on_its_stack(ngx_link_func_ctx_t *ctx) {
    char line[] = "200 Fine";

    BLAMED(ngx_link_func_write_resp(ctx, 200, line, "text/plain", "fine", 4));
}

void lends_a_type_on_its_stack(ngx_link_func_ctx_t *ctx) {
    char type[] = "text/plain";

    BLAMED(ngx_link_func_write_resp_l(ctx, 200, NULL, 0, type, strlen(type), "fine", 4));
}

void lends_a_body_on_its_stack(ngx_link_func_ctx_t *ctx) {
    char body[] = "body";

    BLAMED((void) ngx_link_func_write_resp_ref(ctx, 200, NULL, body, 4, NULL, NULL));
}

void lends_literals(ngx_link_func_ctx_t *ctx) {
    (void) ngx_link_func_add_header_in(ctx, "X-Name", 6, "value", 5);
    (void) ngx_link_func_add_header_out(ctx, "X-Name", 6, "value", 5);
    answer(ctx);
}

void lends_pool_memory(ngx_link_func_ctx_t *ctx) {
    char *line = ngx_link_func_strdup(ctx, "200 Fine");

    (void) ngx_link_func_add_header_out(ctx, "X-Args", 6, ctx->req_args, strlen(ctx->req_args));
    ngx_link_func_write_resp(ctx, 200, line, "text/plain", "fine", 4);
}

void lends_pool_memory_and_changes_it(ngx_link_func_ctx_t *ctx) {
    char *value = ngx_link_func_strdup(ctx, "value");

    BLAMED((void) ngx_link_func_add_header_out(ctx, "X-Name", 6, value, 5));
    value[0] = 'V';
    answer(ctx);
}

void lends_a_body_of_the_pool_and_changes_it(ngx_link_func_ctx_t *ctx) {
    char *body = ngx_link_func_strdup(ctx, "body");

    (void) ngx_link_func_write_resp_ref(ctx, 200, NULL, body, 4, NULL, NULL);
    body[0] = 'B';
}

void lends_a_static(ngx_link_func_ctx_t *ctx) {
    static char type[] = "text/plain";

    ngx_link_func_write_resp(ctx, 200, NULL, type, "fine", 4);
}

void copies_a_body_on_its_stack(ngx_link_func_ctx_t *ctx) {
    char body[] = "body";

    ngx_link_func_write_resp(ctx, 200, NULL, NULL, body, 4);
}

void lends_a_value_and_frees_it(ngx_link_func_ctx_t *ctx) {
    char *value = strdup("value");

    BLAMED((void) ngx_link_func_add_header_out(ctx, "X-Name", 6, value, 5));
    free(value);
    answer(ctx);
}

/* Far enough that it cannot stay where it is. */
void lends_a_value_and_moves_it(ngx_link_func_ctx_t *ctx) {
    char *value = strdup("value");
    void *wall = malloc(10);

    look_at(wall);
    BLAMED((void) ngx_link_func_add_header_out(ctx, "X-Name", 6, value, 5));
    free(realloc(value, 10000));
    answer(ctx);
    free(wall);
}

void lends_a_value_and_changes_it(ngx_link_func_ctx_t *ctx) {
    static char *value;

    free(value);
    value = strdup("value");
    BLAMED((void) ngx_link_func_add_header_in(ctx, "X-Name", 6, value + 1, 4));
    value[4] = 'E';
    answer(ctx);
}

void lends_a_value_and_keeps_it(ngx_link_func_ctx_t *ctx) {
    static char *value;

    free(value);
    value = strdup("value");
    (void) ngx_link_func_add_header_out(ctx, "X-Name", 6, value, 4);
    value[4] = 'E';
    answer(ctx);
}

/* Declined, so that nobody reads it. */
void lends_a_body_and_frees_it(ngx_link_func_ctx_t *ctx) {
    char *body = strdup("body");

    BLAMED((void) ngx_link_func_write_resp_ref(ctx, 200, NULL, body, 4, NULL, NULL));
    free(body);
    (void) ngx_link_func_decline(ctx);
}

void copies_a_body_and_frees_it(ngx_link_func_ctx_t *ctx) {
    char *body = strdup("body");

    ngx_link_func_write_resp(ctx, 200, NULL, NULL, body, 4);
    free(body);
}

/*
 * heap-leak
 */

void forgets_a_block(ngx_link_func_ctx_t *ctx) {
    void *block;

    BLAMED(block = malloc(10));
    look_at(block);
    answer(ctx);
}

void forgets_a_duplicate(ngx_link_func_ctx_t *ctx) {
    char *text;

    BLAMED(text = strdup("text"));
    look_at(text);
    answer(ctx);
}

void forgets_a_text(ngx_link_func_ctx_t *ctx) {
    char *text = NULL;

    BLAMED((void) !asprintf(&text, "number %d", 7));
    look_at(text);
    answer(ctx);
}

void frees_a_block(ngx_link_func_ctx_t *ctx) {
    void *block = malloc(10);

    look_at(block);
    free(block);
    answer(ctx);
}

void keeps_a_block_in_a_static(ngx_link_func_ctx_t *ctx) {
    static void *block;

    free(block);
    block = malloc(10);
    answer(ctx);
}

void keeps_a_block_in_a_thread_local(ngx_link_func_ctx_t *ctx) {
    static __thread void *block;

    free(block);
    block = malloc(10);
    answer(ctx);
}

typedef struct node_s {
    struct node_s *next;
    char *name;
} node_t;

static node_t *node_new(node_t *next) {
    node_t *node = malloc(sizeof(*node));

    memset(node, 0, sizeof(*node));
    node->next = next;
    return node;
}

void forgets_a_list(ngx_link_func_ctx_t *ctx) {
    node_t *inner = node_new(NULL);
    node_t *outer;

    BLAMED(outer = malloc(sizeof(*outer)));
    memset(outer, 0, sizeof(*outer));
    outer->next = inner;
    look_at(outer);
    answer(ctx);
}

static node_t *list;

static void free_list(void) {
    while (list != NULL) {
        node_t *node = list;

        list = node->next;
        free(node->name);
        free(node);
    }
}

void keeps_a_list_in_a_static(ngx_link_func_ctx_t *ctx) {
    free_list();
    list = node_new(node_new(NULL));
    answer(ctx);
}

void frees_a_list_but_not_its_name(ngx_link_func_ctx_t *ctx) {
    node_t *node = node_new(NULL);

    BLAMED(node->name = strdup("a name"));
    look_at(node->name);
    free(node);
    answer(ctx);
}

void frees_what_it_kept(ngx_link_func_ctx_t *ctx) {
    free_list();
    answer(ctx);
}

/*
 * blocking-call
 */

void sleeps(ngx_link_func_ctx_t *ctx) {
    BLAMED((void) usleep(1));
    answer(ctx);
}

/* Both ends, with a byte that waits in the first. */
static void open_sockets(int ends[2]) {
    (void) socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
    (void) send(ends[1], "x", 1, MSG_DONTWAIT);
}

static void close_sockets(const int ends[2]) {
    (void) close(ends[0]);
    (void) close(ends[1]);
}

void reads_from_a_socket(ngx_link_func_ctx_t *ctx) {
    char byte;
    int ends[2];

    open_sockets(ends);
    BLAMED((void) !read(ends[0], &byte, 1));
    close_sockets(ends);
    answer(ctx);
}

void receives_from_a_socket(ngx_link_func_ctx_t *ctx) {
    char byte;
    int ends[2];

    open_sockets(ends);
    BLAMED((void) recv(ends[0], &byte, 1, 0));
    close_sockets(ends);
    answer(ctx);
}

void receives_without_waiting(ngx_link_func_ctx_t *ctx) {
    char byte;
    int ends[2];

    open_sockets(ends);
    (void) recv(ends[0], &byte, 1, MSG_DONTWAIT);
    (void) fcntl(ends[0], F_SETFL, O_NONBLOCK);
    (void) recv(ends[0], &byte, 1, 0);
    close_sockets(ends);
    answer(ctx);
}

void reads_from_a_file(ngx_link_func_ctx_t *ctx) {
    char byte;
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

    (void) !read(fd, &byte, 1);
    (void) close(fd);
    answer(ctx);
}

void polls(ngx_link_func_ctx_t *ctx) {
    BLAMED((void) poll(NULL, 0, 1));
    answer(ctx);
}

void polls_without_waiting(ngx_link_func_ctx_t *ctx) {
    (void) poll(NULL, 0, 0);
    answer(ctx);
}

void syncs_a_file(ngx_link_func_ctx_t *ctx) {
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

    BLAMED((void) fsync(fd));
    (void) close(fd);
    answer(ctx);
}

static void lock_a_file(int operation) {
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

    BLAMED((void) flock(fd, operation));
    (void) close(fd);
}

void locks_a_file(ngx_link_func_ctx_t *ctx) {
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

    BLAMED((void) flock(fd, LOCK_SH));
    (void) close(fd);
    answer(ctx);
}

void locks_a_file_if_it_can(ngx_link_func_ctx_t *ctx) {
    lock_a_file(LOCK_SH | LOCK_NB);
    answer(ctx);
}

void waits_in_an_unknown_way(ngx_link_func_ctx_t *ctx) {
    (void) syscall(SYS_poll, NULL, 0, 1);
    answer(ctx);
}

/*
 * Faults: the body tells which allocations were NULL.
 */

void allocates_in_each_way(ngx_link_func_ctx_t *ctx) {
    char *volatile blocks[5] = {malloc(1), calloc(1, 1), strdup("x"), strndup("xy", 1), realloc(NULL, 1)};
    char *text = NULL, *grown, body[8];
    size_t i;

    for (i = 0; i < 5; i++) {
        body[i] = blocks[i] == NULL ? '-' : '+';
    }
    body[5] = asprintf(&text, "%d", 1) == -1 ? '-' : '+';
    grown = blocks[0] == NULL ? NULL : realloc(blocks[0], 100);
    body[6] = grown == NULL ? '-' : '+';
    body[7] = errno == ENOMEM ? 'e' : ' ';
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, body, 8);
    free(grown == NULL ? blocks[0] : grown);
    for (i = 1; i < 5; i++) {
        free(blocks[i]);
    }
    free(text);
}
