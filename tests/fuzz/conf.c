/* The text of an nginx.conf, in words. */

#include "lf_conf.h"

#include "fuzz.h"

static void unescape(lf_str_t word) {
    char *text = malloc(word.len);

    fuzz_check(lf_conf_unescape(text, word) <= word.len);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    lf_str_t text = fuzz_dup(fuzz_input(data, size)), word;
    lf_conf_kind_t kind;
    lf_conf_t conf;

    lf_conf_init(&conf, text);
    do {
        kind = lf_conf_next(&conf, &word);
        if (kind == LF_CONF_WORD) {
            fuzz_check_within(word, text);
            unescape(word);
        }
        fuzz_check(kind != LF_CONF_BROKEN || conf.problem[0] != '\0');
    } while (kind != LF_CONF_END && kind != LF_CONF_BROKEN);
    fuzz_free(text);
    return 0;
}
