/* NAME, a newline, and the value of a Cookie header. */

#include "lf_cookie.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    lf_str_t rest = fuzz_input(data, size), value;
    lf_str_t name = fuzz_line_dup(&rest), header = fuzz_dup(rest);

    if (lf_cookie_find(header, name, &value)) {
        fuzz_check_within(value, header);
        fuzz_check(memchr(value.data, ';', value.len) == NULL);
    }
    fuzz_free(header);
    fuzz_free(name);
    return 0;
}
