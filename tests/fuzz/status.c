/* Two bytes of a status, and a status line. */

#include "lf_status.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    lf_str_t line = fuzz_dup(fuzz_input(data + (size < 2 ? size : 2), size < 2 ? 0 : size - 2));
    uintptr_t status = size < 2 ? 200 : (uintptr_t) (data[0] | data[1] << 8);
    char *written = malloc(LF_STATUS_LINE_SIZE(line.len));
    size_t len = lf_status_line(written, status, line), i;

    fuzz_check(len <= LF_STATUS_LINE_SIZE(line.len));
    fuzz_check(len == 0 || (len >= 4 && written[3] == ' '));
    fuzz_check(len == 0 || strtoul((char[4]){written[0], written[1], written[2]}, NULL, 10) == status);
    for (i = 0; i < len; i++) {
        fuzz_check((unsigned char) written[i] >= ' ' && written[i] != 0x7f);
    }
    free(written);
    fuzz_free(line);
    return 0;
}
