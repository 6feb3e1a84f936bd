/* The handler that runs a program of the generator: see program.h. */

#include "program_run.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define ROOM (4 * 1024 * 1024)
#define TRANSCRIPT (64 * 1024)
#define SHOWN 100     /* bytes of a long value */
#define LOG_LINE 1000 /* of the transcript */
#define NAME_MAX_LEN 32

void program(ngx_link_func_ctx_t *ctx);

typedef struct {
    const char *name;
    const char *args;
    void (*run)(ngx_link_func_ctx_t *ctx, const program_arg_t *arg);
} op_t;

#define PROGRAM_ROW(name, args, weight) {#name, args, program_##name},
static const op_t ops[] = {PROGRAM_OPS(PROGRAM_ROW)};
#undef PROGRAM_ROW

/* One worker runs one program at a time. */
static char room[ROOM];
static size_t room_used;
static char transcript[TRANSCRIPT];
static size_t transcript_len;
static program_answer_t answer_kind;

/*
 * The transcript
 */

void program_tell(const char *format, ...) {
    size_t left = sizeof(transcript) - transcript_len;
    va_list args;
    int len;

    va_start(args, format);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): clang-tidy 14 overlooks va_start */
    len = vsnprintf(transcript + transcript_len, left, format, args);
    va_end(args);
    transcript_len += (size_t) len < left ? (size_t) len : left - 1;
}

static uint32_t hash_of(const unsigned char *data, size_t len) {
    uint32_t hash = 2166136261U;
    size_t i;

    for (i = 0; i < len; i++) {
        hash = (hash ^ data[i]) * 16777619U;
    }
    return hash;
}

void program_tell_bytes(const void *data, size_t len) {
    const unsigned char *bytes = data;
    size_t i;

    program_tell(" %zu\"", len);
    for (i = 0; i < len && i < SHOWN; i++) {
        program_tell(bytes[i] < 0x20 || bytes[i] == '\\' ? "\\x%02X" : "%c", bytes[i]);
    }
    program_tell("\"");
    if (len > SHOWN) {
        program_tell("#%08x", hash_of(bytes, len));
    }
}

void program_tell_text(const char *text) {
    if (text == NULL) {
        program_tell(" NULL");
    } else {
        program_tell_bytes(text, strlen(text));
    }
}

void program_tell_lent(int status, ngx_link_func_str_t value) {
    program_tell(" %d", status);
    if (status == NGX_LINK_FUNC_OK) {
        program_tell_bytes(value.data, value.len);
        program_tell(value.data[value.len] == '\0' ? "" : " unterminated");
    }
}

void program_answer(program_answer_t answer) {
    answer_kind = answer;
}

/*
 * Reading a program
 */

char *program_room(size_t len) {
    char *block = room + room_used;

    if (len + 1 > sizeof(room) - room_used) {
        abort();
    }
    room_used += len + 1;
    block[len] = '\0';
    return block;
}

static unsigned hex(char c) {
    return (unsigned) (c >= 'a' ? c - 'a' + 10 : c - '0');
}

/* Moves *at behind the bytes. */
static void read_bytes(const char **at, program_arg_t *arg) {
    const char *digits = *at;
    size_t have, i;
    char *data;

    if (*digits == '*') {
        arg->len = strtoul(digits + 1, (char **) &digits, 10);
        digits++;
    }
    have = strspn(digits, "0123456789abcdef") / 2;
    arg->len = **at == '*' ? arg->len : have;
    data = program_room(arg->len);
    for (i = 0; i < arg->len; i++) {
        const char *pair = digits + i % have * 2;

        data[i] = (char) (hex(pair[0]) << 4 | hex(pair[1]));
    }
    arg->data = data;
    *at = digits + 2 * have;
}

static void read_argument(const char **at, char kind, program_arg_t *arg) {
    memset(arg, 0, sizeof(*arg));
    if (kind == 'n') {
        arg->number = strtoull(*at, (char **) at, 10);
    } else if (**at == '~') {
        arg->is_null = 1;
        (*at)++;
    } else if (**at == '.') {
        arg->data = program_room(0);
        (*at)++;
    } else {
        read_bytes(at, arg);
    }
}

static const op_t *find_op(const char *name, size_t len) {
    size_t i;

    for (i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
        if (strncmp(ops[i].name, name, len) == 0 && ops[i].name[len] == '\0') {
            return &ops[i];
        }
    }
    abort();
}

/* Returns what stands behind the step. */
static const char *run_step(ngx_link_func_ctx_t *ctx, const char *at) {
    program_arg_t args[PROGRAM_ARGS_MAX];
    size_t len = strcspn(at, " ;"), i;
    const op_t *op = find_op(at, len);

    at += len;
    for (i = 0; op->args[i] != '\0'; i++) {
        at++;
        read_argument(&at, op->args[i], &args[i]);
    }
    program_tell("%s", op->name);
    op->run(ctx, args);
    program_tell("\n");
    return at + 1;
}

/* In lines that hold no newline.  Always, for the answer may be another, or have
 * no body. */
static void log_transcript(ngx_link_func_ctx_t *ctx) {
    size_t at;

    for (at = 0; at < transcript_len; at += LOG_LINE) {
        char line[LOG_LINE + 1];
        size_t i;

        (void) snprintf(line, sizeof(line), "%s", transcript + at);
        for (i = 0; line[i] != '\0'; i++) {
            line[i] = (char) (line[i] == '\n' ? '|' : line[i]);
        }
        ngx_link_func_log_info(ctx, line);
    }
}

void program_forget(void) {
    program_forget_shm();
    program_forget_releases();
}

void program(ngx_link_func_ctx_t *ctx) {
    static char copy[16 * 1024];
    const char *at = (const char *) ngx_link_func_get_header(ctx, PROGRAM_HEADER, strlen(PROGRAM_HEADER));

    /* A step may remove the header. */
    (void) snprintf(copy, sizeof(copy), "%s", at == NULL ? "" : at);
    room_used = 0;
    transcript_len = 0;
    answer_kind = PROGRAM_TRANSCRIPT;
    program_count_releases();
    for (at = copy; *at != '\0'; at = run_step(ctx, at)) {
    }
    if (answer_kind == PROGRAM_TRANSCRIPT) {
        ngx_link_func_write_resp(ctx, 200, NULL, NULL, transcript, transcript_len);
    }
    log_transcript(ctx);
}
