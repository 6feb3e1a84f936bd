#include "lf_status.h"

static int lf_status_digits_match(uintptr_t status, lf_str_t line) {
    return line.len >= 3 && line.data[0] == (char) ('0' + status / 100)
           && line.data[1] == (char) ('0' + status / 10 % 10) && line.data[2] == (char) ('0' + status % 10)
           && (line.len == 3 || line.data[3] == ' ');
}

static int lf_status_has_control(lf_str_t line) {
    size_t i;

    for (i = 0; i < line.len; i++) {
        if ((unsigned char) line.data[i] < 0x20 || line.data[i] == 0x7f) {
            return 1;
        }
    }
    return 0;
}

size_t lf_status_line(char *dst, uintptr_t status, lf_str_t line) {
    if (!lf_status_is_final(status) || !lf_status_digits_match(status, line) || lf_status_has_control(line)) {
        return 0;
    }
    memcpy(dst, line.data, line.len);
    if (line.len > 3) {
        return line.len;
    }
    dst[3] = ' ';
    return 4;
}
