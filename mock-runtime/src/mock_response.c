/* From what a handler answered to what NGINX puts on the wire: its filters and
 * its order of headers. */

#include "mock_state.h"

#include <stdio.h>
#include <stdlib.h>

#include "lf_status.h"
#include "mock_condition.h"
#include "mock_failure.h"
#include "mock_status.h"

/* What stands for a host that a handler set to nothing: the address that the
 * request came to. */
#define LOCAL_ADDRESS "127.0.0.1"

/* The name that NGINX takes from a Host header: without port and trailing dot,
 * in small letters.  It needs the room of the header, or LOCAL_ADDRESS. */
static size_t host_name(char *dst, const char *host) {
    size_t len = strcspn(host, ":");
    size_t i;

    if (host[0] == '[' && strchr(host, ']') != NULL) {
        len = strcspn(host, "]") + 1;
    }
    if (len > 0 && host[len - 1] == '.') {
        len--;
    }
    if (len == 0) {
        memcpy(dst, LOCAL_ADDRESS, sizeof(LOCAL_ADDRESS) - 1);
        return sizeof(LOCAL_ADDRESS) - 1;
    }
    for (i = 0; i < len; i++) {
        dst[i] = (char) (host[i] >= 'A' && host[i] <= 'Z' ? host[i] | 0x20 : host[i]);
    }
    return len;
}

/* absolute_redirect: a Location that begins with '/' gets scheme and host, and
 * stands before the list. */
static void move_redirect(lfm_headers_t *wire, lfm_call_t *call) {
    static const char scheme[] = "http://";
    const char *path = lfm_headers_find(&call->answer.headers, lf_cstr("Location"));
    const char *host = lfm_headers_find(lfm_request_headers(call->request), lf_cstr("Host"));
    size_t len = sizeof(scheme) - 1;
    size_t path_len;
    char *url;

    if (path == NULL || path[0] != '/') {
        return;
    }
    path_len = strlen(path);
    url = lfm_alloc(len + strlen(host) + sizeof(LOCAL_ADDRESS) + path_len);
    memcpy(url, scheme, len);
    len += host_name(url + len, host);
    memcpy(url + len, path, path_len);
    lfm_headers_add(wire, lf_cstr("Location"), lf_str(url, len + path_len));
    free(url);
    lfm_headers_remove(&call->answer.headers, lf_cstr("Location"));
}

static void add_content_headers(lfm_headers_t *wire, const lfm_answer_t *answer) {
    char length[24];

    if (!lf_status_has_body(answer->status)) {
        return;
    }
    if (answer->content_type != NULL && answer->content_type[0] != '\0') {
        lfm_headers_add(wire, lf_cstr("Content-Type"), lf_cstr(answer->content_type));
    }
    (void) snprintf(length, sizeof(length), "%zu", answer->body_len);
    lfm_headers_add(wire, lf_cstr("Content-Length"), lf_cstr(length));
}

static void move_body(ngx_link_func_mock_response_t *response, lfm_call_t *call) {
    lfm_answer_t *answer = &call->answer;
    int is_sent = lf_status_has_body(answer->status) && strcmp(call->request->method, "HEAD") != 0;

    if (answer->body == NULL || !is_sent) {
        free(answer->body);
        answer->body = lfm_text_dup(lf_cstr(""));
        answer->body_len = 0;
    }
    response->body = answer->body;
    response->body_len = answer->body_len;
}

/* Everything of the answer is moved or freed. */
static void put_on_wire(ngx_link_func_mock_response_t *response, lfm_call_t *call) {
    lfm_answer_t *answer = &call->answer;

    response->status = (int) answer->status;
    response->status_line =
        answer->status_line != NULL ? answer->status_line : lfm_status_line_dup((unsigned) answer->status);
    add_content_headers(&response->headers, answer);
    move_redirect(&response->headers, call);
    lfm_headers_move(&response->headers, &answer->headers);
    move_body(response, call);
    free(answer->content_type);
}

/* NGINX's own page instead of what the handler wrote. */
static void answer_with_page(lfm_answer_t *answer, unsigned status) {
    free(answer->status_line);
    free(answer->content_type);
    free(answer->body);
    answer->status = status;
    answer->status_line = NULL;
    answer->content_type = lfm_text_dup(lf_cstr("text/html"));
    answer->body = lfm_status_page_dup(status, &answer->body_len);
}

static void answer_not_modified(lfm_answer_t *answer) {
    free(answer->status_line);
    answer->status = 304;
    answer->status_line = NULL;
    lfm_headers_remove(&answer->headers, lf_cstr("Content-Encoding"));
}

static void apply_conditions(lfm_call_t *call) {
    lfm_answer_t *answer = &call->answer;

    switch (lfm_condition(lfm_request_headers(call->request), &answer->headers)) {
    case LFM_NOT_MODIFIED:
        answer_not_modified(answer);
        break;
    case LFM_PRECONDITION_FAILED:
        lfm_headers_clear(&answer->headers);
        answer_with_page(answer, 412);
        break;
    case LFM_SEND:
        break;
    }
}

static void refuse(lfm_call_t *call) {
    lfm_headers_remove(&call->answer.headers, lf_cstr("Last-Modified"));
    lfm_headers_remove(&call->answer.headers, lf_cstr("ETag"));
    answer_with_page(&call->answer, 500);
}

void lfm_response_finish(ngx_link_func_mock_response_t *response, lfm_call_t *call) {
    lfm_answer_t *answer = &call->answer;

    response->outcome = NGX_LINK_FUNC_MOCK_RESPONDED;
    if (!answer->written) {
        response->outcome = NGX_LINK_FUNC_MOCK_NO_RESPONSE;
        answer->status = 200;
    } else if (!lf_status_is_final(answer->status)) {
        response->outcome = NGX_LINK_FUNC_MOCK_REFUSED;
        refuse(call);
    }
    if (answer->status == 200) {
        apply_conditions(call);
    }
    put_on_wire(response, call);
}

void lfm_response_unavailable(ngx_link_func_mock_response_t *response, lfm_call_t *call) {
    response->outcome = NGX_LINK_FUNC_MOCK_UNAVAILABLE;
    answer_with_page(&call->answer, 503);
    put_on_wire(response, call);
}

void lfm_response_free(ngx_link_func_mock_response_t *response) {
    lfm_headers_clear(&response->headers);
    free(response->status_line);
    free(response->body);
    free(response->exchange);
    free(response);
}

ngx_link_func_mock_outcome_t
ngx_link_func_mock_response_outcome(const ngx_link_func_mock_response_t *response) {
    return response->outcome;
}

int ngx_link_func_mock_response_status(const ngx_link_func_mock_response_t *response) {
    return response->status;
}

const char *ngx_link_func_mock_response_status_line(const ngx_link_func_mock_response_t *response) {
    return response->status_line;
}

const char *ngx_link_func_mock_response_header(const ngx_link_func_mock_response_t *response,
                                               const char *name) {
    return lfm_headers_find(&response->headers, lf_cstr(name));
}

size_t ngx_link_func_mock_response_header_count(const ngx_link_func_mock_response_t *response) {
    return response->headers.count;
}

const char *ngx_link_func_mock_response_header_name(const ngx_link_func_mock_response_t *response,
                                                    size_t index) {
    return index < response->headers.count ? response->headers.items[index].name : NULL;
}

const char *ngx_link_func_mock_response_header_value(const ngx_link_func_mock_response_t *response,
                                                     size_t index) {
    return index < response->headers.count ? response->headers.items[index].value : NULL;
}

const char *ngx_link_func_mock_response_body(const ngx_link_func_mock_response_t *response) {
    return response->body;
}

size_t ngx_link_func_mock_response_body_len(const ngx_link_func_mock_response_t *response) {
    return response->body_len;
}
