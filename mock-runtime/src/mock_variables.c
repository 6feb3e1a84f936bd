#include "mock_variables.h"

#include <stdlib.h>

#include "mock_memory.h"

/* The index of the variable, or the count. */
static size_t variable_index(const lfm_variables_t *variables, lf_str_t name) {
    size_t i;

    for (i = 0; i < variables->count && !lf_str_case_equal(variables->items[i].name, name); i++) {
    }
    return i;
}

const lfm_variable_t *lfm_variables_find(const lfm_variables_t *variables, lf_str_t name) {
    size_t i = variable_index(variables, name);

    return i == variables->count ? NULL : &variables->items[i];
}

static lf_str_t copy_of(lf_str_t text) {
    return lf_str(lfm_text_dup(text), text.len);
}

static void variable_push(lfm_variables_t *variables, lf_str_t name, lf_str_t value) {
    lfm_variable_t *variable;

    variables->items = lfm_grow(variables->items, sizeof(*variable), variables->count, &variables->capacity);
    variable = &variables->items[variables->count++];
    variable->name = copy_of(name);
    variable->value = copy_of(value);
}

void lfm_variables_set(lfm_variables_t *variables, lf_str_t name, lf_str_t value) {
    size_t i = variable_index(variables, name);
    const char *before;

    if (i == variables->count) {
        variable_push(variables, name, value);
        return;
    }
    before = variables->items[i].value.data;
    variables->items[i].value = copy_of(value);
    free((char *) before);
}

void lfm_variables_replace(lfm_variables_t *to, const lfm_variables_t *from) {
    size_t i;

    lfm_variables_clear(to);
    for (i = 0; i < from->count; i++) {
        variable_push(to, from->items[i].name, from->items[i].value);
    }
}

void lfm_variables_clear(lfm_variables_t *variables) {
    while (variables->count > 0) {
        variables->count--;
        free((char *) variables->items[variables->count].name.data);
        free((char *) variables->items[variables->count].value.data);
    }
    free(variables->items);
    variables->items = NULL;
    variables->capacity = 0;
}
