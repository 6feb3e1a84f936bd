#include "call.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

/*
 * HAR 1.2: log.entries[].request
 */

/* A text of an object; "" where it has none. */
static const char *text_of(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));

    return text == NULL ? "" : text;
}

/* A browser records what HTTP/2 has instead of a request line, and the length of
 * a body, which the mock sets itself. */
static bool is_left_out(const char *name) {
    return name[0] == ':' || name[0] == '\0' || strcasecmp(name, "Content-Length") == 0
           || strcasecmp(name, "Transfer-Encoding") == 0;
}

static void add_headers(ngx_link_func_mock_request_t *request, const json_t *headers) {
    const json_t *header;
    size_t i;

    json_array_foreach(headers, i, header) {
        if (!is_left_out(text_of(header, "name"))) {
            ngx_link_func_mock_request_header(request, text_of(header, "name"), text_of(header, "value"));
        }
    }
}

static char place[PATH_MAX + 32];

const char *call_replay_place(void) {
    return place;
}

/*
 * Bodies
 */

/* As HTML forms are encoded. */
static void print_encoded(FILE *out, const json_t *text) {
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789*-._";
    const char *bytes = json_string_value(text);
    size_t len = json_string_length(text), i;

    for (i = 0; i < len; i++) {
        if (bytes[i] == ' ') {
            (void) fputc('+', out);
        } else if (bytes[i] != '\0' && strchr(plain, bytes[i]) != NULL) {
            (void) fputc(bytes[i], out);
        } else {
            (void) fprintf(out, "%%%02X", (unsigned char) bytes[i]);
        }
    }
}

static int print_params(FILE *out, const json_t *params) {
    const json_t *param;
    size_t i;

    json_array_foreach(params, i, param) {
        if (!json_is_string(json_object_get(param, "name")) || text_of(param, "fileName")[0] != '\0') {
            call_report("%spostData.params[%zu] is no field of a form: expected a name and a value", place,
                        i);
            return -1;
        }
        (void) fputs(i == 0 ? "" : "&", out);
        print_encoded(out, json_object_get(param, "name"));
        (void) fputc('=', out);
        print_encoded(out, json_object_get(param, "value"));
    }
    return 0;
}

static bool has_type(const json_t *headers) {
    const json_t *header;
    size_t i;

    json_array_foreach(headers, i, header) {
        if (strcasecmp(text_of(header, "name"), "Content-Type") == 0) {
            return true;
        }
    }
    return false;
}

static void add_type(ngx_link_func_mock_request_t *request, const json_t *recorded, const char *type) {
    if (type[0] != '\0' && !has_type(json_object_get(recorded, "headers"))) {
        ngx_link_func_mock_request_header(request, "Content-Type", type);
    }
}

/* Parameters are fields of a form; what parts a multipart body has around them
 * only its text tells. */
static int add_params(ngx_link_func_mock_request_t *request, const json_t *recorded, const json_t *data) {
    static const char form[] = "application/x-www-form-urlencoded";
    const char *type = text_of(data, "mimeType");
    char *body = NULL;
    size_t len;
    FILE *out;
    int status;

    if (type[0] != '\0' && strncasecmp(type, form, sizeof(form) - 1) != 0) {
        call_report("%spostData.params of type '%s' make no body: expected postData.text", place, type);
        return -1;
    }
    out = open_memstream(&body, &len);
    if (out == NULL) {
        abort();
    }
    status = print_params(out, json_object_get(data, "params"));
    (void) fclose(out);
    if (status == 0) {
        add_type(request, recorded, form);
        ngx_link_func_mock_request_body(request, body, len);
    }
    free(body);
    return status;
}

static int add_body(ngx_link_func_mock_request_t *request, const json_t *recorded) {
    const json_t *data = json_object_get(recorded, "postData");
    const json_t *text = json_object_get(data, "text");

    if (json_string_length(text) > 0) {
        add_type(request, recorded, text_of(data, "mimeType"));
        ngx_link_func_mock_request_body(request, json_string_value(text), json_string_length(text));
        return 0;
    }
    return json_array_size(json_object_get(data, "params")) == 0 ? 0 : add_params(request, recorded, data);
}

/*
 * Entries
 */

/* NULL when it cannot be made, which has been reported. */
static ngx_link_func_mock_request_t *request_of_entry(ngx_link_func_mock_t *mock, const json_t *recorded) {
    ngx_link_func_mock_request_t *request;
    call_url_t url;

    if (text_of(recorded, "method")[0] == '\0' || call_url_read(&url, text_of(recorded, "url")) != 0) {
        call_report("%sexpected a request with a method and a URL, http://HOST/PATH", place);
        return NULL;
    }
    request = ngx_link_func_mock_request(mock, text_of(recorded, "method"), url.target);
    if (url.host != NULL) {
        ngx_link_func_mock_request_header(request, "Host", url.host);
    }
    call_url_free(&url);
    add_headers(request, json_object_get(recorded, "headers"));
    if (add_body(request, recorded) != 0) {
        ngx_link_func_mock_request_free(request);
        return NULL;
    }
    return request;
}

static int visit_entries(ngx_link_func_mock_t *mock, const char *path, const json_t *entries,
                         int (*visit)(ngx_link_func_mock_request_t *request, void *data), void *data) {
    const json_t *entry;
    size_t i;

    json_array_foreach(entries, i, entry) {
        ngx_link_func_mock_request_t *request;

        (void) snprintf(place, sizeof(place), "%s: entry %zu: ", path, i + 1);
        request = request_of_entry(mock, json_object_get(entry, "request"));
        if (request == NULL) {
            return -1;
        }
        place[0] = '\0';
        (void) visit(request, data);
        ngx_link_func_mock_request_free(request);
    }
    return (int) i;
}

static int replay_har(ngx_link_func_mock_t *mock, const char *path,
                      int (*visit)(ngx_link_func_mock_request_t *request, void *data), void *data) {
    json_error_t error;
    json_t *file = json_load_file(path, JSON_ALLOW_NUL, &error);
    const json_t *entries;
    int count = -1;

    if (file == NULL) {
        call_report("%s:%d: %s", path, error.line, error.text);
        return -1;
    }
    entries = json_object_get(json_object_get(file, "log"), "entries");
    if (json_is_array(entries)) {
        count = visit_entries(mock, path, entries, visit, data);
    } else {
        call_report("%s: is no HAR file: expected an array log.entries", path);
    }
    json_decref(file);
    return count;
}

static int replay_http(ngx_link_func_mock_t *mock, const char *path,
                       int (*visit)(ngx_link_func_mock_request_t *request, void *data), void *data) {
    int count = ngx_link_func_mock_replay_http(mock, path, visit, data);

    if (count == -1) {
        call_report("%s", ngx_link_func_mock_error(mock));
    }
    return count;
}

int call_replay(ngx_link_func_mock_t *mock, const char *path,
                int (*visit)(ngx_link_func_mock_request_t *request, void *data), void *data) {
    const char *ending = strrchr(path, '.');
    bool is_har = ending != NULL && strcmp(ending, ".har") == 0;
    int count = is_har ? replay_har(mock, path, visit, data) : replay_http(mock, path, visit, data);

    if (count == 0) {
        call_report("%s: has no request: expected %s", path,
                    is_har ? "one in log.entries at least" : "one as HTTP/1.1 writes it at least");
        return -1;
    }
    return count;
}
