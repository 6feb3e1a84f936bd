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
        url->target = strndup(text, strcspn(text, "#"));
        return 0;
    }
    if (strncmp(text, "http://", 7) != 0 && strncmp(text, "https://", 8) != 0) {
        return -1;
    }
    host += strlen("://");
    len = strcspn(host, "/?#");
    if (memchr(host, '@', len) != NULL) {
        return -1;
    }
    url->host = strndup(host, len);
    if (asprintf(&url->target, "%s%.*s", host[len] == '/' ? "" : "/", (int) strcspn(host + len, "#"),
                 host + len)
        == -1) {
        abort();
    }
    return 0;
}

void call_url_free(call_url_t *url) {
    free(url->host);
    free(url->target);
}

/* Not NULL any more, even when there are no bytes. */
static void add_bytes(call_input_t *input, const char *bytes, size_t len) {
    input->data = realloc(input->data, input->len + len + 1);
    if (input->data == NULL) {
        abort();
    }
    memcpy(input->data + input->len, bytes, len);
    input->len += len;
}

/* What curl drops of a file: CR, LF and NUL. */
static size_t without_line_ends(char *bytes, size_t len) {
    size_t kept = 0, i;

    for (i = 0; i < len; i++) {
        bytes[kept] = bytes[i];
        kept += bytes[i] != '\r' && bytes[i] != '\n' && bytes[i] != '\0';
    }
    return kept;
}

static int add_stream(call_input_t *input, FILE *in, bool binary) {
    char buffer[4096];
    size_t len;

    errno = 0;
    while ((len = fread(buffer, 1, sizeof(buffer), in)) > 0) {
        add_bytes(input, buffer, binary ? len : without_line_ends(buffer, len));
    }
    return ferror(in) ? -1 : 0;
}

static int add_file(call_input_t *input, const char *path, bool binary) {
    bool is_stdin = strcmp(path, "-") == 0;
    FILE *in = is_stdin ? stdin : fopen(path, "rb");
    int status = in == NULL ? -1 : add_stream(input, in, binary);

    if (status != 0) {
        call_report("cannot read '%s': %s", path, strerror(errno));
    }
    if (in != NULL && !is_stdin) {
        (void) fclose(in);
    }
    return status;
}

int call_data_read(call_input_t *input, const call_options_t *options) {
    size_t i;

    for (i = 0; i < options->data_count; i++) {
        const call_part_t *part = &options->data[i];

        add_bytes(input, "&", i > 0);
        if (part->word[0] != '@') {
            add_bytes(input, part->word, strlen(part->word));
        } else if (add_file(input, part->word + 1, part->binary) != 0) {
            return -1;
        }
    }
    return 0;
}

void call_input_free(call_input_t *input) {
    call_url_free(&input->url);
    free(input->data);
}

/* There is no request without a Host to leave out. */
static bool is_sent(const char *text, const char *value) {
    return *value != '\0' || value[-1] == ';' || strncasecmp(text, "Host:", 5) == 0;
}

static void add_header(ngx_link_func_mock_request_t *request, const char *text) {
    size_t len = strchr(text, ':') == NULL ? strlen(text) - 1 : strcspn(text, ":");
    const char *value = text + len + 1 + strspn(text + len + 1, " \t");
    char *name = strndup(text, len);

    if (is_sent(text, value)) {
        ngx_link_func_mock_request_header(request, name, value);
    }
    free(name);
}

static bool has_header(const call_words_t *headers, const char *name) {
    size_t len = strlen(name), i;

    for (i = 0; i < headers->count; i++) {
        if (strncasecmp(headers->words[i], name, len) == 0 && strchr(":;", headers->words[i][len]) != NULL) {
            return true;
        }
    }
    return false;
}

static void add_body(ngx_link_func_mock_request_t *request, const call_options_t *options,
                     const call_input_t *input) {
    if (input->data == NULL) {
        return;
    }
    if (!has_header(&options->headers, "Content-Type")) {
        ngx_link_func_mock_request_header(request, "Content-Type", "application/x-www-form-urlencoded");
    }
    ngx_link_func_mock_request_body(request, input->data, input->len);
}

ngx_link_func_mock_request_t *call_request_new(ngx_link_func_mock_t *mock, const call_options_t *options,
                                               const call_input_t *input) {
    const char *method = options->method != NULL ? options->method : input->data != NULL ? "POST" : "GET";
    ngx_link_func_mock_request_t *request = ngx_link_func_mock_request(mock, method, input->url.target);
    size_t i;

    if (input->url.host != NULL) {
        ngx_link_func_mock_request_header(request, "Host", input->url.host);
    }
    for (i = 0; i < options->headers.count; i++) {
        add_header(request, options->headers.words[i]);
    }
    if (options->remote_addr != NULL) {
        ngx_link_func_mock_request_remote_addr(request, options->remote_addr);
    }
    add_body(request, options, input);
    return request;
}
