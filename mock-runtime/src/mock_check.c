#include "mock_check.h"

#include "lf_message.h"
#include "lf_status.h"
#include "mock_object.h"
#include "mock_poison.h"
#include "mock_stack.h"
#include "mock_symbol.h"

/*
 * Responses
 */

void lfm_check_response(lfm_call_t *call, uintptr_t status, lf_str_t line, int line_is_used) {
    if (call->answer.written) {
        lfm_find(&call->mock->findings, NGX_LINK_FUNC_MOCK_CODE_RESPONSE_TWICE, lfm_at,
                 "a response was written before, with status %ju: the later one is sent",
                 (uintmax_t) call->answer.status);
    }
    if (!lf_status_is_final(status)) {
        lfm_find(&call->mock->findings, NGX_LINK_FUNC_MOCK_CODE_STATUS_MISMATCH, lfm_at,
                 "the status %ju is not one of 200 to 599: the client gets 500", (uintmax_t) status);
    } else if (line.len > 0 && !line_is_used) {
        lfm_find(&call->mock->findings, NGX_LINK_FUNC_MOCK_CODE_STATUS_MISMATCH, lfm_at,
                 "the status line \"%.*s\" does not fit the status %ju and is not sent", (int) line.len,
                 line.data, (uintmax_t) status);
    }
}

void lfm_check_return(lfm_call_t *call) {
    if (!call->answer.written && !call->answer.declined) {
        lfm_find(&call->mock->findings, NGX_LINK_FUNC_MOCK_CODE_RESPONSE_MISSING,
                 call->mock->findings.handler,
                 "it returned without a response: the client gets 200 and an empty body");
    }
}

int lfm_refuse_header(lfm_call_t *call, const char *function, lf_str_t name, lf_header_verdict_t verdict) {
    char line[LFM_LOG_LINE];
    size_t len;

    if (verdict == LF_HEADER_OK) {
        return 0;
    }
    len = lf_message_header_refused(line, sizeof(line), function, name, verdict);
    lfm_log_line(&call->mock->log, NGX_LINK_FUNC_MOCK_ERR, lf_str(line, len));
    lfm_find(&call->mock->findings, NGX_LINK_FUNC_MOCK_CODE_HEADER_REFUSED, lfm_at, "%.*s", (int) len, line);
    return 1;
}

/*
 * Bodies
 */

static int ends_with(lf_str_t text, lf_str_t end) {
    return text.len >= end.len && lf_str_case_equal(lf_str(text.data + text.len - end.len, end.len), end);
}

/* Text, in which a NUL is a mistake. */
static int is_text(const char *content_type) {
    static const char *const types[] = {
        "text/",           "application/json",
        "application/xml", "application/javascript",
        "image/svg+xml",   "application/x-www-form-urlencoded",
    };
    lf_str_t type = lf_str(content_type, strcspn(content_type, "; \t"));
    size_t i;

    for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        size_t len = strlen(types[i]);

        if (type.len >= len && lf_str_case_equal(lf_str(type.data, len), lf_cstr(types[i]))) {
            return 1;
        }
    }
    return ends_with(type, lf_cstr("+json")) || ends_with(type, lf_cstr("+xml"));
}

/* Constant arrays whose text ends with them, as this thread has found out: to look
 * takes long, and who answers with one does so in each call. */
#define ARRAYS 64

static __thread const char *arrays[ARRAYS];

/* Whether the text goes on behind the array that it is in. */
static int is_cut_by_array(const char *body, size_t len) {
    const char **known = &arrays[(uintptr_t) body / sizeof(void *) % ARRAYS];
    size_t room;

    if (*known == body) {
        return 1;
    }
    room = lfm_symbol_room(body);
    if (room == 0 || room > len) {
        return 0;
    }
    *known = body;
    return 1;
}

/* As strnlen(), which AddressSanitizer keeps from looking behind an array. */
LFM_SEES_POISON static size_t text_length(const char *text, size_t room) {
    size_t len = 0;

    while (len < room && text[len] != '\0') {
        len++;
    }
    return len;
}

/* The length of the string literal that the body is in; 0 when it is in none. */
static size_t literal_length(const char *body, size_t len) {
    lfm_object_t object;
    size_t length;

    if (!lfm_object_of(body, &object) || object.is_writable) {
        return 0;
    }
    length = text_length(body, object.segment_end - (uintptr_t) body);
    return length > len && is_cut_by_array(body, length) ? 0 : length;
}

void lfm_check_body(lfm_call_t *call, lf_str_t body) {
    const char *nul;
    size_t literal;

    if (body.len == 0 || call->answer.content_type == NULL || !is_text(call->answer.content_type)) {
        return;
    }
    nul = memchr(body.data, '\0', body.len);
    if (nul != NULL) {
        lfm_find(&call->mock->findings, NGX_LINK_FUNC_MOCK_CODE_BODY_LENGTH_MISMATCH, lfm_at,
                 "the text of %zu bytes has a NUL at byte %zu", body.len, (size_t) (nul - body.data));
        return;
    }
    literal = literal_length(body.data, body.len);
    if (literal > body.len) {
        lfm_find(&call->mock->findings, NGX_LINK_FUNC_MOCK_CODE_BODY_LENGTH_MISMATCH, lfm_at,
                 "the length is %zu, but the string literal has %zu bytes", body.len, literal);
    }
}

/*
 * Log lines
 */

/* The formatting macros leave a mark behind a line that they cut.  Only on the
 * stack is it safe to look for it: other texts may end where their memory does. */
static int was_cut(const char *msg) {
    static const uint64_t mark = NGX_LINK_FUNC_CUT_;
    const ngx_link_func_line_t_ *line = (const void *) msg;
    uint64_t cut;

    if (strlen(msg) != sizeof(line->text) - 1 || !lfm_is_on_stack(msg)) {
        return 0;
    }
    memcpy(&cut, &line->cut, sizeof(cut));
    lfm_was_read(&cut, sizeof(cut));
    return cut == mark;
}

void lfm_check_log(lfm_findings_t *findings, const char *msg) {
    if (msg != NULL && was_cut(msg)) {
        lfm_find(findings, NGX_LINK_FUNC_MOCK_CODE_LOG_TRUNCATED, lfm_at,
                 "a formatting macro cut the line at 199 characters: ngx_link_func_log_fmt() does not");
    }
}
