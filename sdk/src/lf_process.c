#include "lf_process.h"

#include <stdlib.h>
#include <string.h>

#define LF_PROCESS_START 22 /* the number of that field; the first is 1 */

/* The second field is a name in parentheses that may hold any character, so
 * what follows the last parenthesis is counted. */
int lf_process_start(const char *stat, uint64_t *start) {
    const char *field = strrchr(stat, ')');
    uint64_t number;
    char *end;
    int i;

    for (i = 2; field != NULL && i < LF_PROCESS_START; i++) {
        field = strchr(field + 1, ' ');
    }
    if (field == NULL) {
        return 0;
    }
    number = strtoull(field, &end, 10);
    if (end == field) {
        return 0;
    }
    *start = number;
    return 1;
}
