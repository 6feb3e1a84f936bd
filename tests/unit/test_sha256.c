#include "lf_sha256.h"

#include <stdio.h>

#include "exact.h"

static void assert_digest(lf_str_t bytes, size_t step, const char *expected) {
    unsigned char digest[LF_SHA256_SIZE], wanted[LF_SHA256_SIZE];
    lf_sha256_t hash;
    size_t at;

    lf_sha256_init(&hash);
    for (at = 0; at < bytes.len; at += step) {
        lf_sha256_update(&hash, lf_str(bytes.data + at, bytes.len - at < step ? bytes.len - at : step));
    }
    lf_sha256_final(&hash, digest);
    assert_int_equal(lf_sha256_parse(lf_cstr(expected), wanted), 1);
    assert_memory_equal(digest, wanted, LF_SHA256_SIZE);
}

static void published_examples_have_their_digests(void **state) {
    static const struct {
        const char *text;
        const char *digest;
    } rows[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
        {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmno"
         "p"
         "qrstnopqrstu",
         "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
    };
    size_t i, step;

    (void) state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        lf_str_t bytes = exact_bytes(rows[i].text, strlen(rows[i].text));

        for (step = 1; step <= bytes.len + 1; step++) {
            assert_digest(bytes, step, rows[i].digest);
        }
        exact_free(bytes);
    }
}

static void million_letters_have_their_digest(void **state) {
    char *letters = malloc(1000000);

    (void) state;
    assert_non_null(letters);
    memset(letters, 'a', 1000000);
    assert_digest(lf_str(letters, 1000000), 4099,
                  "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    free(letters);
}

static void digits_of_either_case_are_read(void **state) {
    unsigned char digest[LF_SHA256_SIZE];

    (void) state;
    assert_int_equal(
        lf_sha256_parse(lf_cstr("00ffFFaA09000000000000000000000000000000000000000000000000000001"), digest),
        1);
    assert_memory_equal(digest, "\0\377\377\252\11", 5);
    assert_int_equal(digest[LF_SHA256_SIZE - 1], 1);
}

static void what_is_no_digest_is_refused(void **state) {
    static const char *const texts[] = {
        "",
        "0",
        "000000000000000000000000000000000000000000000000000000000000000",
        "00000000000000000000000000000000000000000000000000000000000000000",
        "g000000000000000000000000000000000000000000000000000000000000000",
        "000000000000000000000000000000000000000000000000000000000000000/",
        "000000000000000000000000000000000000000000000000000000000000000:",
        "000000000000000000000000000000000000000000000000000000000000000@",
    };
    unsigned char digest[LF_SHA256_SIZE];
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_int_equal(lf_sha256_parse(lf_cstr(texts[i]), digest), 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_examples_have_their_digests),
        cmocka_unit_test(million_letters_have_their_digest),
        cmocka_unit_test(digits_of_either_case_are_read),
        cmocka_unit_test(what_is_no_digest_is_refused),
    };
    return cmocka_run_group_tests_name("sha256", tests, NULL, NULL);
}
