#define _GNU_SOURCE

#include "exchange.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* NGINX cuts a line at 2,048 bytes, with what stands before the text, which is
 * not always as long. */
#define LOG_TEXT_MAX 1900

struct exchange_s {
    FILE *stream;
    char *text;
    size_t size;
    int has_log;
};

exchange_t *exchange_new(const char *status_line) {
    exchange_t *exchange = calloc(1, sizeof(*exchange));

    if (exchange != NULL) {
        exchange->stream = open_memstream(&exchange->text, &exchange->size);
    }
    if (exchange == NULL || exchange->stream == NULL) {
        abort();
    }
    (void) fprintf(exchange->stream, "%s\n", status_line);
    return exchange;
}

void exchange_header(exchange_t *exchange, const char *name, const char *value) {
    if (strcasecmp(name, "Date") == 0 || strcasecmp(name, "Connection") == 0
        || (strcmp(name, "Server") == 0 && strcmp(value, "nginx") == 0)) {
        return;
    }
    /* Spaces before a value are no part of it. */
    (void) fprintf(exchange->stream, "%s: %s\n", name, value + strspn(value, " \t"));
}

void exchange_body(exchange_t *exchange, const char *body, size_t len) {
    size_t i;

    (void) fputc('\n', exchange->stream);
    for (i = 0; i < len; i++) {
        unsigned char c = (unsigned char) body[i];

        (void) fprintf(exchange->stream, c < 0x20 && c != '\n' ? "\\x%02X" : "%c", c);
    }
}

void exchange_log(exchange_t *exchange, const char *level, const char *text, size_t len) {
    if (len > LOG_TEXT_MAX) {
        len = LOG_TEXT_MAX;
    }
    (void) fprintf(exchange->stream, "%s[%s] %.*s\n", exchange->has_log ? "" : "\n--\n", level, (int) len,
                   text);
    exchange->has_log = 1;
}

char *exchange_finish(exchange_t *exchange) {
    char *text;

    if (fclose(exchange->stream) != 0) {
        abort();
    }
    text = exchange->text;
    free(exchange);
    return text;
}
