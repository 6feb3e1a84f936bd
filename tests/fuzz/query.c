/* KEY, a newline, and a query string. */

#include "lf_query.h"

#include "fuzz.h"

static void look_up(lf_str_t query, lf_str_t key) {
    lf_str_t value = lf_cstr(""), decoded = lf_cstr("");

    if (lf_query_find(query, key, &value)) {
        fuzz_check_within(value, query);
        fuzz_check(value.data > query.data && value.data[-1] == '=');
    }
    if (lf_query_find_decoded(query, key, &decoded)) {
        fuzz_check_within(decoded, query);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    lf_str_t rest = fuzz_input(data, size);
    lf_str_t key = fuzz_line_dup(&rest), query = fuzz_dup(rest);
    char *decoded = malloc(query.len);

    look_up(query, key);
    fuzz_check(lf_query_decode(decoded, query) <= query.len);
    free(decoded);
    fuzz_free(query);
    fuzz_free(key);
    return 0;
}
