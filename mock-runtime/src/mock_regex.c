#include "mock_regex.h"

#include <stdio.h>
#include <stdlib.h>

#ifdef LFM_PCRE2

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

struct lfm_regex_s {
    pcre2_code *code;
};

int lfm_regex_is_supported(void) {
    return 1;
}

static void describe(char **problem, const char *pattern, int error, size_t offset) {
    unsigned char reason[128];

    (void) pcre2_get_error_message(error, reason, sizeof(reason));
    if (asprintf(problem, "pcre2_compile() failed: %s in \"%s\" at \"%s\"", (char *) reason, pattern,
                 pattern + offset)
        == -1) {
        lfm_out_of_memory();
    }
}

lfm_regex_t *lfm_regex_new(const char *pattern, int caseless, char **problem) {
    lfm_regex_t *regex = lfm_alloc(sizeof(*regex));
    size_t offset;
    int error;

    regex->code = pcre2_compile((PCRE2_SPTR) pattern, PCRE2_ZERO_TERMINATED, caseless ? PCRE2_CASELESS : 0,
                                &error, &offset, NULL);
    if (regex->code == NULL) {
        describe(problem, pattern, error, offset);
        free(regex);
        return NULL;
    }
    return regex;
}

void lfm_regex_free(lfm_regex_t *regex) {
    if (regex != NULL) {
        pcre2_code_free(regex->code);
        free(regex);
    }
}

/* The subject may change: what is captured is a copy. */
static lf_str_t group(lfm_call_t *call, lf_str_t subject, const size_t *offsets, size_t number) {
    size_t start = offsets[2 * number], end = offsets[2 * number + 1];
    const char *copy;

    if (start == PCRE2_UNSET) {
        return lf_cstr(NULL);
    }
    copy = lfm_pool_text(&call->pool, lf_str(subject.data + start, end - start));
    if (copy == NULL) {
        lfm_out_of_memory();
    }
    return lf_str(copy, end - start);
}

static void set_numbered(lfm_call_t *call, lf_str_t subject, const pcre2_match_data *match, size_t count,
                         lfm_captures_t *captures) {
    const size_t *offsets = pcre2_get_ovector_pointer((pcre2_match_data *) match);
    size_t i;

    memset(captures, 0, sizeof(*captures));
    for (i = 0; i < count && i < sizeof(captures->groups) / sizeof(captures->groups[0]); i++) {
        captures->groups[i] = group(call, subject, offsets, i);
    }
}

/* The groups that have a name. */
typedef struct {
    PCRE2_SPTR table;
    uint32_t count;
    uint32_t size; /* of an entry: the group's number in two bytes, and the name */
} names_t;

static names_t names_of(const lfm_regex_t *regex) {
    names_t names = {NULL, 0, 0};

    (void) pcre2_pattern_info(regex->code, PCRE2_INFO_NAMECOUNT, &names.count);
    (void) pcre2_pattern_info(regex->code, PCRE2_INFO_NAMEENTRYSIZE, &names.size);
    (void) pcre2_pattern_info(regex->code, PCRE2_INFO_NAMETABLE, &names.table);
    return names;
}

static void set_named(const lfm_regex_t *regex, lfm_call_t *call, lf_str_t subject,
                      const pcre2_match_data *match) {
    const size_t *offsets = pcre2_get_ovector_pointer((pcre2_match_data *) match);
    names_t names = names_of(regex);
    uint32_t i;

    for (i = 0; i < names.count; i++) {
        const unsigned char *entry = names.table + (size_t) i * names.size;
        size_t number = (size_t) entry[0] << 8 | entry[1];

        lfm_variables_set(&call->request->variables_after, lf_cstr((const char *) entry + 2),
                          group(call, subject, offsets, number));
    }
}

void lfm_regex_declare(const lfm_regex_t *regex, lfm_variables_t *variables) {
    names_t names = names_of(regex);
    uint32_t i;

    for (i = 0; i < names.count; i++) {
        lfm_variables_set(variables, lf_cstr((const char *) names.table + (size_t) i * names.size + 2),
                          lf_cstr(""));
    }
}

int lfm_regex_match(const lfm_regex_t *regex, lfm_call_t *call, lf_str_t subject, lfm_captures_t *captures) {
    pcre2_match_data *match = pcre2_match_data_create_from_pattern(regex->code, NULL);
    int count;

    if (match == NULL) {
        lfm_out_of_memory();
    }
    count = pcre2_match(regex->code, (PCRE2_SPTR) (subject.data == NULL ? "" : subject.data), subject.len, 0,
                        0, match, NULL);
    if (count > 0 && call != NULL) {
        set_numbered(call, subject, match, (size_t) count, captures);
        set_named(regex, call, subject, match);
    }
    pcre2_match_data_free(match);
    return count > 0;
}

#else

struct lfm_regex_s {
    char unused;
};

int lfm_regex_is_supported(void) {
    return 0;
}

lfm_regex_t *lfm_regex_new(const char *pattern, int caseless, char **problem) {
    (void) pattern;
    (void) caseless;
    (void) problem;
    return lfm_zalloc(sizeof(lfm_regex_t));
}

void lfm_regex_free(lfm_regex_t *regex) {
    free(regex);
}

void lfm_regex_declare(const lfm_regex_t *regex, lfm_variables_t *variables) {
    (void) regex;
    (void) variables;
}

int lfm_regex_match(const lfm_regex_t *regex, lfm_call_t *call, lf_str_t subject, lfm_captures_t *captures) {
    (void) regex;
    (void) call;
    (void) subject;
    (void) captures;
    return 0;
}

#endif
