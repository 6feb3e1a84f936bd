/* From what a handler answered to what NGINX puts on the wire: its filters and
 * its order of headers. */

#include "mock_state.h"

#include <stdio.h>
#include <stdlib.h>

#include "lf_host.h"
#include "lf_status.h"
#include "mock_condition.h"
#include "mock_failure.h"
#include "mock_status.h"

/* What stands for a host that a handler set to nothing: the address that the
 * request came to. */
#define LOCAL_ADDRESS "127.0.0.1"

/* In small letters.  It needs the room of the header, or LOCAL_ADDRESS. */
static size_t write_host(char *dst, const char *host) {
    lf_str_t name = lf_host_name(lf_cstr(host));
    size_t i;

    if (name.len == 0) {
        name = lf_cstr(LOCAL_ADDRESS);
    }
    for (i = 0; i < name.len; i++) {
        dst[i] = (char) (name.data[i] >= 'A' && name.data[i] <= 'Z' ? name.data[i] | 0x20 : name.data[i]);
    }
    return name.len;
}

/* absolute_redirect: a Location that begins with '/' gets scheme, host and the
 * port of a configuration, and stands before the list. */
static void move_redirect(lfm_headers_t *wire, lfm_call_t *call) {
    const char *path = lfm_headers_find(&call->answer.headers, lf_cstr("Location"));
    const char *host = lfm_headers_find(lfm_request_headers(call->request), lf_cstr("Host"));
    char port[24] = "";
    size_t size, len;
    char *url;

    if (path == NULL || path[0] != '/') {
        return;
    }
    if (call->port != 0) {
        (void) snprintf(port, sizeof(port), ":%lu", call->port);
    }
    size = sizeof("https://") + strlen(host) + sizeof(LOCAL_ADDRESS) + strlen(port) + strlen(path);
    url = lfm_alloc(size);
    len = (size_t) snprintf(url, size, "%s", call->tls ? "https://" : "http://");
    len += write_host(url + len, host);
    len += (size_t) snprintf(url + len, size - len, "%s%s", port, path);
    lfm_headers_add(wire, lf_cstr("Location"), lf_str(url, len));
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
    memset(answer, 0, sizeof(*answer));
}

void lfm_answer_free(lfm_answer_t *answer) {
    free(answer->status_line);
    free(answer->content_type);
    free(answer->body);
    lfm_headers_clear(&answer->headers);
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

/* What described the handler's own body goes with it. */
static void answer_instead(lfm_call_t *call, unsigned status) {
    lfm_headers_remove_of_body(&call->answer.headers);
    answer_with_page(&call->answer, status);
}

/* NGINX's static files, when there is none of that name. */
static unsigned declined_status(const char *method) {
    static const char *const methods[] = {"GET", "HEAD", "POST"};
    size_t i;

    for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (strcmp(method, methods[i]) == 0) {
            return 404;
        }
    }
    return 405;
}

/* The owner of a body that was lent keeps it as it is, but a test may read the
 * response when the owner is gone. */
static void copy_lent_body(lfm_answer_t *answer) {
    if (answer->lent.data != NULL) {
        free(answer->body);
        answer->body = lfm_text_dup(answer->lent);
    }
}

static ngx_link_func_mock_outcome_t outcome_of(const lfm_answer_t *answer) {
    if (answer->declined) {
        return NGX_LINK_FUNC_MOCK_DECLINED;
    }
    if (!answer->written) {
        return NGX_LINK_FUNC_MOCK_NO_RESPONSE;
    }
    return lf_status_is_final(answer->status) && !answer->failed ? NGX_LINK_FUNC_MOCK_RESPONDED
                                                                 : NGX_LINK_FUNC_MOCK_REFUSED;
}

void lfm_response_finish(ngx_link_func_mock_response_t *response, lfm_call_t *call) {
    lfm_answer_t *answer = &call->answer;

    response->outcome = outcome_of(answer);
    switch (response->outcome) {
    case NGX_LINK_FUNC_MOCK_DECLINED:
        answer_instead(call, declined_status(call->request->method));
        break;
    case NGX_LINK_FUNC_MOCK_REFUSED:
        answer_instead(call, 500);
        break;
    case NGX_LINK_FUNC_MOCK_NO_RESPONSE:
        answer->status = 200;
        break;
    default:
        copy_lent_body(answer);
        break;
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

void lfm_response_page(ngx_link_func_mock_response_t *response, lfm_call_t *call, unsigned status) {
    response->outcome = NGX_LINK_FUNC_MOCK_SERVED;
    answer_with_page(&call->answer, status);
    put_on_wire(response, call);
}

void lfm_response_own(ngx_link_func_mock_response_t *response, lfm_call_t *call) {
    lfm_response_finish(response, call);
    response->outcome = NGX_LINK_FUNC_MOCK_SERVED;
}

/* The other handler writes the response, with the headers that stay. */
static void pass(ngx_link_func_mock_response_t *response, lfm_call_t *call) {
    lfm_answer_t *answer = &call->answer;

    response->outcome = NGX_LINK_FUNC_MOCK_PASSED;
    lfm_headers_remove_of_body(&answer->headers);
    lfm_headers_move(&response->headers, &answer->headers);
    lfm_answer_free(answer);
    memset(answer, 0, sizeof(*answer));
    response->status_line = lfm_text_dup(lf_cstr(""));
    response->body = lfm_text_dup(lf_cstr(""));
}

void lfm_response_gate(ngx_link_func_mock_response_t *response, lfm_call_t *call, lf_str_t function) {
    lfm_answer_t *answer = &call->answer;
    int refused = answer->written && !lf_status_is_final(answer->status);

    if (answer->declined || (answer->written && !refused && answer->status < 300)) {
        pass(response, call);
    } else if (answer->written) {
        lfm_response_finish(response, call);
    } else {
        response->outcome = NGX_LINK_FUNC_MOCK_NO_RESPONSE;
        lfm_log_gate_unanswered(&call->mock->log, function);
        answer_instead(call, 500);
        put_on_wire(response, call);
    }
}

void lfm_response_release(ngx_link_func_mock_response_t *response) {
    while (response->owners != NULL) {
        lfm_owner_t *owner = response->owners;

        response->owners = owner->next;
        owner->release(owner->arg);
        free(owner);
    }
    lfm_pool_free(&response->pool);
}

void lfm_response_free(ngx_link_func_mock_response_t *response) {
    lfm_response_release(response);
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
