#include "call.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int call_url_read(call_url_t *url, const char *text) {
    const char *host = strstr(text, "://");
    size_t len;

    url->host = NULL;
    if (text[0] == '/') {
        url->target = strdup(text);
        return 0;
    }
    if (strncmp(text, "http://", 7) != 0 && strncmp(text, "https://", 8) != 0) {
        call_report("'%s' is not a URL: expected /PATH or http://HOST/PATH", text);
        return -1;
    }
    host += strlen("://");
    len = strcspn(host, "/?");
    url->host = strndup(host, len);
    if (asprintf(&url->target, "%s%s", host[len] == '/' ? "" : "/", host + len) == -1) {
        abort();
    }
    return 0;
}

void call_url_free(call_url_t *url) {
    free(url->host);
    free(url->target);
}

typedef struct {
    char *data;
    size_t len;
} bytes_t;

static int read_stream(FILE *in, bytes_t *bytes) {
    size_t room = 0;

    while (!feof(in) && !ferror(in)) {
        if (bytes->len == room) {
            room = room == 0 ? 4096 : 2 * room;
            bytes->data = realloc(bytes->data, room);
            if (bytes->data == NULL) {
                abort();
            }
        }
        bytes->len += fread(bytes->data + bytes->len, 1, room - bytes->len, in);
    }
    return ferror(in) ? -1 : 0;
}

/* "TEXT", "@FILE" or "@-"; the bytes of a file are sent as they are. */
static int read_data(const char *data, bytes_t *bytes) {
    bool is_stdin = strcmp(data, "@-") == 0;
    FILE *in;
    int status;

    if (data[0] != '@') {
        bytes->data = strdup(data);
        bytes->len = strlen(data);
        return 0;
    }
    in = is_stdin ? stdin : fopen(data + 1, "rb");
    status = in == NULL ? -1 : read_stream(in, bytes);
    if (status != 0) {
        call_report("cannot read '%s': %s", data + 1, strerror(errno));
    }
    if (in != NULL && !is_stdin) {
        (void) fclose(in);
    }
    return status;
}

/* As curl takes it: "Name: value". */
static int add_header(ngx_link_func_mock_request_t *request, const char *text) {
    size_t len = strcspn(text, ":");
    char *name = strndup(text, len);

    if (text[len] == '\0' || len == 0) {
        call_report("'%s' is not a header: expected 'Name: value'", text);
        free(name);
        return -1;
    }
    ngx_link_func_mock_request_header(request, name, text + len + 1 + strspn(text + len + 1, " \t"));
    free(name);
    return 0;
}

static bool has_header(const call_words_t *headers, const char *name) {
    size_t len = strlen(name), i;

    for (i = 0; i < headers->count; i++) {
        if (strncasecmp(headers->words[i], name, len) == 0 && headers->words[i][len] == ':') {
            return true;
        }
    }
    return false;
}

static int add_body(ngx_link_func_mock_request_t *request, const call_options_t *options) {
    bytes_t bytes = {NULL, 0};

    if (options->data == NULL) {
        return 0;
    }
    if (read_data(options->data, &bytes) != 0) {
        free(bytes.data);
        return -1;
    }
    if (!has_header(&options->headers, "Content-Type")) {
        ngx_link_func_mock_request_header(request, "Content-Type", "application/x-www-form-urlencoded");
    }
    ngx_link_func_mock_request_body(request, bytes.data, bytes.len);
    free(bytes.data);
    return 0;
}

ngx_link_func_mock_request_t *call_request_new(ngx_link_func_mock_t *mock, const call_options_t *options,
                                               const call_url_t *url) {
    const char *method = options->method != NULL ? options->method : options->data != NULL ? "POST" : "GET";
    ngx_link_func_mock_request_t *request = ngx_link_func_mock_request(mock, method, url->target);
    size_t i;

    if (url->host != NULL) {
        ngx_link_func_mock_request_header(request, "Host", url->host);
    }
    for (i = 0; i < options->headers.count; i++) {
        if (add_header(request, options->headers.words[i]) != 0) {
            return NULL;
        }
    }
    if (options->remote_addr != NULL) {
        ngx_link_func_mock_request_remote_addr(request, options->remote_addr);
    }
    return add_body(request, options) == 0 ? request : NULL;
}
