#include "mock_status.h"

#include <stdio.h>
#include <string.h>

#include "mock_memory.h"

#define FIRST_STATUS 200
#define LINE(status, line) [(status) -FIRST_STATUS] = (line)

static const char *const lines[] = {
    LINE(200, "200 OK"),
    LINE(201, "201 Created"),
    LINE(202, "202 Accepted"),
    LINE(204, "204 No Content"),
    LINE(206, "206 Partial Content"),
    LINE(301, "301 Moved Permanently"),
    LINE(302, "302 Moved Temporarily"),
    LINE(303, "303 See Other"),
    LINE(304, "304 Not Modified"),
    LINE(307, "307 Temporary Redirect"),
    LINE(308, "308 Permanent Redirect"),
    LINE(400, "400 Bad Request"),
    LINE(401, "401 Unauthorized"),
    LINE(402, "402 Payment Required"),
    LINE(403, "403 Forbidden"),
    LINE(404, "404 Not Found"),
    LINE(405, "405 Not Allowed"),
    LINE(406, "406 Not Acceptable"),
    LINE(408, "408 Request Time-out"),
    LINE(409, "409 Conflict"),
    LINE(410, "410 Gone"),
    LINE(411, "411 Length Required"),
    LINE(412, "412 Precondition Failed"),
    LINE(413, "413 Request Entity Too Large"),
    LINE(414, "414 Request-URI Too Large"),
    LINE(415, "415 Unsupported Media Type"),
    LINE(416, "416 Requested Range Not Satisfiable"),
    LINE(421, "421 Misdirected Request"),
    LINE(429, "429 Too Many Requests"),
    LINE(500, "500 Internal Server Error"),
    LINE(501, "501 Not Implemented"),
    LINE(502, "502 Bad Gateway"),
    LINE(503, "503 Service Temporarily Unavailable"),
    LINE(504, "504 Gateway Time-out"),
    LINE(505, "505 HTTP Version Not Supported"),
    LINE(507, "507 Insufficient Storage"),
};

char *lfm_status_line_dup(unsigned status) {
    size_t index = status - FIRST_STATUS;
    char digits[16];

    if (index < sizeof(lines) / sizeof(lines[0]) && lines[index] != NULL) {
        return lfm_text_dup(lf_cstr(lines[index]));
    }
    (void) snprintf(digits, sizeof(digits), "%03u ", status);
    return lfm_text_dup(lf_cstr(digits));
}

/* Two pages have other words than the status line. */
static const char *page_title(unsigned status) {
    switch (status) {
    case 302:
        return "302 Found";
    case 401:
        return "401 Authorization Required";
    default:
        return lines[status - FIRST_STATUS];
    }
}

int lfm_status_has_page(unsigned status) {
    size_t index = status - FIRST_STATUS;

    return index < sizeof(lines) / sizeof(lines[0]) && lines[index] != NULL && status >= 300;
}

char *lfm_status_page_dup(unsigned status, size_t *len) {
    static const char format[] = "<html>\r\n<head><title>%s</title></head>\r\n<body>\r\n"
                                 "<center><h1>%s</h1></center>\r\n<hr><center>nginx</center>\r\n"
                                 "</body>\r\n</html>\r\n";
    const char *title = page_title(status);
    size_t size = sizeof(format) + 2 * strlen(title);
    char *page = lfm_alloc(size);

    (void) snprintf(page, size, format, title, title);
    *len = strlen(page);
    return page;
}
