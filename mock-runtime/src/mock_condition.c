#include "mock_condition.h"

#include <stdlib.h>
#include <time.h>

#define NO_TIME ((time_t) -1)

static int month_of(const char *name) {
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    int i;

    for (i = 0; i < 12; i++) {
        if (strncmp(months + 3 * (size_t) i, name, 3) == 0) {
            return i;
        }
    }
    return -1;
}

/* Reads `digits` decimal digits and moves past them; -1 when they are not. */
static int number(const char **text, int digits) {
    int value = 0;

    for (; digits > 0; digits--, (*text)++) {
        if (**text < '0' || **text > '9') {
            return -1;
        }
        value = 10 * value + **text - '0';
    }
    return value;
}

static int skip(const char **text, char expected) {
    if (**text != expected) {
        return 0;
    }
    (*text)++;
    return 1;
}

static int clock_time(const char **text, struct tm *tm) {
    tm->tm_hour = number(text, 2);
    if (tm->tm_hour < 0 || !skip(text, ':')) {
        return 0;
    }
    tm->tm_min = number(text, 2);
    if (tm->tm_min < 0 || !skip(text, ':')) {
        return 0;
    }
    tm->tm_sec = number(text, 2);
    return tm->tm_sec >= 0 && tm->tm_hour < 24 && tm->tm_min < 60 && tm->tm_sec < 60;
}

/* "10 Nov 2002 23:50:13", and "10-Nov-02 23:50:13" of RFC 850. */
static int day_first(const char *text, struct tm *tm) {
    char separator;

    tm->tm_mday = number(&text, 2);
    separator = *text;
    if (tm->tm_mday < 0 || (separator != ' ' && separator != '-')) {
        return 0;
    }
    tm->tm_mon = month_of(++text);
    if (tm->tm_mon < 0 || text[3] != separator) {
        return 0;
    }
    text += 4;
    tm->tm_year = number(&text, separator == ' ' ? 4 : 2);
    if (tm->tm_year < 0 || !skip(&text, ' ')) {
        return 0;
    }
    tm->tm_year -= separator == ' ' ? 1900 : (tm->tm_year < 70 ? -100 : 0);
    return clock_time(&text, tm);
}

/* "Nov 10 23:50:13 2002", as asctime() writes it. */
static int month_first(const char *text, struct tm *tm) {
    tm->tm_mon = month_of(text);
    if (tm->tm_mon < 0 || text[3] != ' ') {
        return 0;
    }
    text += 4;
    tm->tm_mday = skip(&text, ' ') ? number(&text, 1) : number(&text, 2);
    if (tm->tm_mday < 0 || !skip(&text, ' ') || !clock_time(&text, tm) || !skip(&text, ' ')) {
        return 0;
    }
    tm->tm_year = number(&text, 4) - 1900;
    return tm->tm_year >= -1900;
}

/* timegm() would make 2 March of 30 February. */
static time_t to_time(const struct tm *tm) {
    struct tm normal = *tm;
    time_t when = timegm(&normal);

    return normal.tm_mday == tm->tm_mday && normal.tm_mon == tm->tm_mon ? when : NO_TIME;
}

/* A date in one of the three forms of RFC 9110 section 5.6.7. */
static time_t parse_date(const char *text) {
    struct tm tm = {0};
    const char *date = text + strcspn(text, ", ");
    int has_comma = *date == ',';

    date += *date != '\0';
    date += strspn(date, " ");
    if (!(has_comma ? day_first(date, &tm) : month_first(date, &tm))) {
        return NO_TIME;
    }
    return to_time(&tm);
}

static time_t last_modified(const lfm_headers_t *response) {
    const char *value = lfm_headers_find(response, lf_cstr("Last-Modified"));

    return value == NULL ? NO_TIME : parse_date(value);
}

static const char *without_weak(const char *tag, int weak) {
    return weak && strncmp(tag, "W/", 2) == 0 && tag[2] != '\0' ? tag + 2 : tag;
}

/* Whether the list of entity tags names the response's; a weak comparison
 * does not mind W/. */
static int tag_matches(const char *list, const char *etag, int weak) {
    size_t len;

    if (strcmp(list, "*") == 0) {
        return 1;
    }
    if (etag == NULL) {
        return 0;
    }
    etag = without_weak(etag, weak);
    len = strlen(etag);
    while (*list != '\0') {
        list = without_weak(list, weak);
        if (strncmp(list, etag, len) == 0) {
            const char *end = list + len + strspn(list + len, " \t");

            if (*end == '\0' || *end == ',') {
                return 1;
            }
        }
        list += strcspn(list, ",");
        list += strspn(list, " \t,");
    }
    return 0;
}

/* Exactly that date: if_modified_since exact, the default. */
static int is_modified(const char *since, const lfm_headers_t *response) {
    time_t modified = last_modified(response);

    return modified == NO_TIME || parse_date(since) != modified;
}

static int is_unmodified(const char *since, const lfm_headers_t *response) {
    time_t modified = last_modified(response);

    return modified != NO_TIME && parse_date(since) >= modified;
}

lfm_condition_t lfm_condition(const lfm_headers_t *request, const lfm_headers_t *response) {
    const char *etag = lfm_headers_find(response, lf_cstr("ETag"));
    const char *unmodified_since = lfm_headers_find(request, lf_cstr("If-Unmodified-Since"));
    const char *match = lfm_headers_find(request, lf_cstr("If-Match"));
    const char *modified_since = lfm_headers_find(request, lf_cstr("If-Modified-Since"));
    const char *none_match = lfm_headers_find(request, lf_cstr("If-None-Match"));

    if ((unmodified_since != NULL && !is_unmodified(unmodified_since, response))
        || (match != NULL && !tag_matches(match, etag, 0))) {
        return LFM_PRECONDITION_FAILED;
    }
    if ((modified_since == NULL && none_match == NULL)
        || (modified_since != NULL && is_modified(modified_since, response))
        || (none_match != NULL && !tag_matches(none_match, etag, 1))) {
        return LFM_SEND;
    }
    return LFM_NOT_MODIFIED;
}
