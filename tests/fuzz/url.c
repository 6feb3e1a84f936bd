/* Two URLs, a line each. */

#include "lf_sha256.h"
#include "lf_url.h"

#include "fuzz.h"

static void check_parts(const lf_url_t *url, lf_str_t text) {
    fuzz_check_within(url->credentials, text);
    fuzz_check_within(url->authority, text);
    fuzz_check_within(url->path, text);
    fuzz_check_within(url->query, text);
    fuzz_check_within(url->fragment, text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    lf_str_t rest = fuzz_input(data, size);
    lf_str_t one = fuzz_line_dup(&rest), two = fuzz_dup(rest);
    lf_url_t url, other;
    int good = lf_url_parse(one, &url);

    if (good) {
        unsigned char digest[LF_SHA256_SIZE];

        check_parts(&url, one);
        fuzz_check(lf_url_same_origin(&url, &url));
        (void) lf_sha256_parse(url.fragment, digest);
    }
    if (lf_url_parse(two, &other)) {
        check_parts(&other, two);
        fuzz_check(!good || lf_url_same_origin(&url, &other) == lf_url_same_origin(&other, &url));
    }
    fuzz_free(two);
    fuzz_free(one);
    return 0;
}
