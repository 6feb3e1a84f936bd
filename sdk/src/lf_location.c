#include "lf_location.h"

/* Longer ones first: within one word "~*" is not "~". */
static const struct {
    const char *text;
    lf_location_kind_t kind;
} lf_location_modifiers[] = {
    {"^~", LF_LOCATION_PREFIX_FINAL},
    {"~*", LF_LOCATION_REGEX_CASELESS},
    {"~", LF_LOCATION_REGEX},
    {"=", LF_LOCATION_EXACT},
};

#define LF_MODIFIERS (sizeof(lf_location_modifiers) / sizeof(lf_location_modifiers[0]))

static int lf_starts_with(lf_str_t text, lf_str_t prefix) {
    return text.len >= prefix.len && lf_str_equal(lf_str(text.data, prefix.len), prefix);
}

static int lf_location_parse_two(lf_str_t modifier, lf_str_t name, lf_location_t *location) {
    size_t i;

    for (i = 0; i < LF_MODIFIERS; i++) {
        if (lf_str_equal(modifier, lf_cstr(lf_location_modifiers[i].text))) {
            location->kind = lf_location_modifiers[i].kind;
            location->name = name;
            return 1;
        }
    }
    return 0;
}

int lf_location_parse(lf_str_t modifier, lf_str_t name, lf_location_t *location) {
    size_t i;

    location->redirects = 0;
    if (modifier.data != NULL) {
        return lf_location_parse_two(modifier, name, location);
    }
    for (i = 0; i < LF_MODIFIERS; i++) {
        lf_str_t text = lf_cstr(lf_location_modifiers[i].text);

        if (lf_starts_with(name, text)) {
            location->kind = lf_location_modifiers[i].kind;
            location->name = lf_str(name.data + text.len, name.len - text.len);
            return 1;
        }
    }
    location->kind = lf_starts_with(name, lf_cstr("@")) ? LF_LOCATION_NAMED : LF_LOCATION_PREFIX;
    location->name = name;
    return 1;
}

static int lf_location_is_prefix(const lf_location_t *location) {
    return location->kind == LF_LOCATION_PREFIX || location->kind == LF_LOCATION_PREFIX_FINAL;
}

static int lf_location_is_static(const lf_location_t *location) {
    return lf_location_is_prefix(location) || location->kind == LF_LOCATION_EXACT;
}

/* The path lacks nothing but the '/' at the end. */
static int lf_location_redirects(const lf_location_t *location, lf_str_t path) {
    return lf_location_is_static(location) && location->redirects && location->name.len == path.len + 1
           && lf_starts_with(location->name, path);
}

lf_location_match_t lf_location_find(const lf_location_t *locations, size_t count, lf_str_t path,
                                     size_t *index) {
    lf_location_match_t match = LF_LOCATION_NONE;
    size_t i, longest = 0, redirect = count;

    for (i = 0; i < count; i++) {
        if (locations[i].kind == LF_LOCATION_EXACT && lf_str_equal(locations[i].name, path)) {
            *index = i;
            return LF_LOCATION_FINAL;
        }
        if (lf_location_is_prefix(&locations[i]) && lf_starts_with(path, locations[i].name)
            && (match == LF_LOCATION_NONE || locations[i].name.len > longest)) {
            match = LF_LOCATION_LONGEST;
            longest = locations[i].name.len;
            *index = i;
        }
        if (redirect == count && lf_location_redirects(&locations[i], path)) {
            redirect = i;
        }
    }
    if (redirect < count && (match == LF_LOCATION_NONE || longest < path.len)) {
        *index = redirect;
        return LF_LOCATION_REDIRECT;
    }
    return match;
}

/* A host name is shorter, so that the kinds never meet. */
#define LF_NAME_TAIL ((size_t) 1 << 16)
#define LF_NAME_HEAD ((size_t) 2 << 16)
#define LF_NAME_EXACT ((size_t) 3 << 16)

static int lf_ends_with(lf_str_t text, lf_str_t suffix) {
    return text.len >= suffix.len
           && lf_str_case_equal(lf_str(text.data + text.len - suffix.len, suffix.len), suffix);
}

size_t lf_server_name_match(lf_str_t name, lf_str_t host) {
    if (name.len > 1 && name.data[0] == '.') {
        lf_str_t bare = lf_str(name.data + 1, name.len - 1);

        return lf_ends_with(host, name) || lf_str_case_equal(host, bare) ? LF_NAME_HEAD + name.len : 0;
    }
    if (name.len > 2 && name.data[0] == '*') {
        lf_str_t tail = lf_str(name.data + 1, name.len - 1);

        return lf_ends_with(host, tail) ? LF_NAME_HEAD + tail.len : 0;
    }
    if (name.len > 2 && name.data[name.len - 1] == '*' && name.data[name.len - 2] == '.') {
        lf_str_t head = lf_str(name.data, name.len - 1);

        return host.len > head.len && lf_str_case_equal(lf_str(host.data, head.len), head)
                   ? LF_NAME_TAIL + head.len
                   : 0;
    }
    return lf_str_case_equal(name, host) ? LF_NAME_EXACT : 0;
}
