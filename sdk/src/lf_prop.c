#include "lf_prop.h"

const lf_prop_t *lf_prop_find(const lf_prop_t *props, size_t count, lf_str_t key) {
    while (count > 0) {
        count--;
        if (lf_str_case_equal(props[count].key, key)) {
            return &props[count];
        }
    }
    return NULL;
}
