/* NAME, a newline, and the value of a header: as a response, a request, a
 * removal and the variables of a configuration see them. */

#include "lf_header.h"
#include "lf_host.h"
#include "lf_variable.h"

#include "fuzz.h"

static void judge(lf_str_t name, lf_str_t value) {
    static const lf_str_t framing = {"Transfer-Encoding", 17};

    if (lf_header_check(name, value) == LF_HEADER_OK) {
        fuzz_check(name.len > 0 && memchr(name.data, ':', name.len) == NULL);
        fuzz_check(!lf_str_case_equal(name, framing));
        fuzz_check(lf_header_value_is_clean(value));
    }
    if (lf_header_check_request(name, value) == LF_HEADER_OK) {
        fuzz_check(!lf_header_alike(name, framing));
        fuzz_check(lf_header_value_is_clean(value));
    }
    (void) lf_header_check_removal(name);
    (void) lf_header_out_is_single(name);
    (void) lf_header_describes_body(name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    lf_str_t rest = fuzz_input(data, size);
    lf_str_t name = fuzz_line_dup(&rest), value = fuzz_dup(rest);

    judge(name, value);
    fuzz_check_within(lf_host_name(value), value);
    (void) lf_variable_is_made_from(value, name);
    (void) lf_variable_names_header(value, name);
    fuzz_free(value);
    fuzz_free(name);
    return 0;
}
