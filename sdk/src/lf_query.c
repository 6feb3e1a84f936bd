#include "lf_query.h"

/* Cuts the part before the next '&' off the front of *rest. */
static lf_str_t lf_query_next_part(lf_str_t *rest) {
    const char *amp = memchr(rest->data, '&', rest->len);
    size_t len = amp == NULL ? rest->len : (size_t) (amp - rest->data);
    size_t skip = amp == NULL ? len : len + 1;
    lf_str_t part = lf_str(rest->data, len);

    rest->data += skip;
    rest->len -= skip;
    return part;
}

int lf_query_find(lf_str_t query, lf_str_t key, lf_str_t *value) {
    while (query.len > 0) {
        lf_str_t part = lf_query_next_part(&query);

        if (part.len > key.len && part.data[key.len] == '='
            && lf_str_equal(lf_str(part.data, key.len), key)) {
            *value = lf_str(part.data + key.len + 1, part.len - key.len - 1);
            return 1;
        }
    }
    return 0;
}
