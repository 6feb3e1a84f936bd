/* A path, and lines that name locations, "MODIFIER NAME" or "NAME". */

#include "lf_location.h"

#include "fuzz.h"

#define MAX_LOCATIONS 8

static lf_location_t parse(lf_str_t line) {
    lf_location_t location = {.name = line, .kind = LF_LOCATION_PREFIX};
    lf_str_t modifier = {NULL, 0};

    if (memchr(line.data, ' ', line.len) != NULL) {
        modifier = lf_str_cut(&line, ' ');
    }
    if (!lf_location_parse(modifier, line, &location)) {
        location.kind = LF_LOCATION_NAMED;
    }
    location.redirects = line.len % 2;
    return location;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    lf_str_t rest = fuzz_input(data, size);
    lf_str_t path = fuzz_line_dup(&rest), lines[MAX_LOCATIONS];
    lf_location_t locations[MAX_LOCATIONS];
    size_t count, index = MAX_LOCATIONS, i;

    for (count = 0; rest.len > 0 && count < MAX_LOCATIONS; count++) {
        lines[count] = fuzz_line_dup(&rest);
        locations[count] = parse(lines[count]);
        (void) lf_server_name_match(lines[count], path);
    }
    if (lf_location_find(locations, count, path, &index) != LF_LOCATION_NONE) {
        fuzz_check(index < count);
    }
    for (i = 0; i < count; i++) {
        fuzz_free(lines[i]);
    }
    fuzz_free(path);
    return 0;
}
