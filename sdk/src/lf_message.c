#include "lf_message.h"

#include <stdio.h>

#include "lf_log.h"

/* A line under construction: what does not fit is cut. */
typedef struct {
    char *dst;
    size_t size;
    size_t len;
} lf_message_t;

static lf_message_t lf_message_start(char *dst, size_t size) {
    lf_message_t message;

    message.dst = dst;
    message.size = size;
    message.len = 0;
    return message;
}

static void lf_message_add(lf_message_t *message, lf_str_t text) {
    message->len += lf_log_escape_controls(message->dst + message->len, message->size - message->len, text);
}

static const char *const lf_message_verdicts[] = {
    [LF_HEADER_NAME_NOT_TOKEN] = "its name is not a token",
    [LF_HEADER_VALUE_CONTROL] = "its value contains CR, LF or NUL",
    [LF_HEADER_FRAMES_MESSAGE] = "it frames the message, only the server may set it",
    [LF_HEADER_REQUIRED] = "a request must have it",
    [LF_HEADER_NO_HOST] = "it is no host",
};

const char *lf_message_verdict(lf_header_verdict_t verdict) {
    return lf_message_verdicts[verdict];
}

size_t lf_message_header_refused(char *dst, size_t size, const char *function, lf_str_t name,
                                 lf_header_verdict_t verdict) {
    lf_message_t message = lf_message_start(dst, size);

    lf_message_add(&message, lf_cstr(function));
    lf_message_add(&message, lf_cstr("() refused header \""));
    lf_message_add(&message, name);
    lf_message_add(&message, lf_cstr("\": "));
    lf_message_add(&message, lf_cstr(lf_message_verdict(verdict)));
    return message.len;
}

static void lf_message_add_number(lf_message_t *message, unsigned long long number) {
    char digits[24];

    (void) snprintf(digits, sizeof(digits), "%llu", number);
    lf_message_add(message, lf_cstr(digits));
}

size_t lf_message_status_refused(char *dst, size_t size, uintptr_t status) {
    lf_message_t message = lf_message_start(dst, size);

    lf_message_add(&message, lf_cstr("ngx_link_func_write_resp() refused status "));
    lf_message_add_number(&message, status);
    lf_message_add(&message, lf_cstr(": expected 200 to 599"));
    return message.len;
}

size_t lf_message_body_refused(char *dst, size_t size, size_t len) {
    lf_message_t message = lf_message_start(dst, size);

    lf_message_add(&message, lf_cstr("ngx_link_func_write_resp() refused a body of "));
    lf_message_add_number(&message, len);
    lf_message_add(&message, lf_cstr(" bytes"));
    return message.len;
}

size_t lf_message_gate_unanswered(char *dst, size_t size, lf_str_t function) {
    lf_message_t message = lf_message_start(dst, size);

    lf_message_add(&message, lf_cstr("function \""));
    lf_message_add(&message, function);
    lf_message_add(&message, lf_cstr("\" returned without a response, the gate stays closed"));
    return message.len;
}

size_t lf_message_lock_held(char *dst, size_t size, lf_str_t function) {
    lf_message_t message = lf_message_start(dst, size);

    lf_message_add(&message, lf_cstr("function \""));
    lf_message_add(&message, function);
    lf_message_add(&message, lf_cstr("\" " LF_MESSAGE_LOCK_HELD));
    return message.len;
}
