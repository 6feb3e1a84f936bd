#include "lf_log.h"

static lf_str_t lf_log_without_newline(lf_str_t text) {
    if (text.len > 0 && text.data[text.len - 1] == '\n') {
        text.len--;
        if (text.len > 0 && text.data[text.len - 1] == '\r') {
            text.len--;
        }
    }
    return text;
}

static int lf_log_is_control(unsigned char c) {
    return c < 0x20 || c == 0x7f;
}

static void lf_log_write_hex(char *dst, unsigned char c) {
    static const char digits[] = "0123456789ABCDEF";

    dst[0] = '\\';
    dst[1] = 'x';
    dst[2] = digits[c >> 4];
    dst[3] = digits[c & 0xf];
}

size_t lf_log_escape_controls(char *dst, size_t size, lf_str_t text) {
    size_t i, len = 0;

    for (i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char) text.data[i];
        size_t need = lf_log_is_control(c) ? 4 : 1;

        if (size - len < need) {
            break;
        }
        if (need == 4) {
            lf_log_write_hex(dst + len, c);
        } else {
            dst[len] = text.data[i];
        }
        len += need;
    }
    return len;
}

size_t lf_log_escape(char *dst, size_t size, lf_str_t text) {
    return lf_log_escape_controls(dst, size, lf_log_without_newline(text));
}
