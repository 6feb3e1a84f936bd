#include "colour.h"

#include <string.h>

/* What stands before the level: at its start NGINX has no date. */
static const char no_date[] = "nginx: ";
static const char date[] = "2026/01/02 03:04:05 ";

typedef struct {
    const char *level;
    const char *colour;
} colour_t;

static const colour_t colours[] = {
    {"[emerg]", "\033[1;31m"}, {"[alert]", "\033[1;31m"}, {"[crit]", "\033[1;31m"}, {"[error]", "\033[31m"},
    {"[warn]", "\033[33m"},    {"[notice]", "\033[36m"},  {"[info]", ""},           {"[debug]", "\033[2m"},
};

/* A level that stands elsewhere is what a client or a function has said. */
static size_t level_offset(const char *line, size_t len) {
    if (len >= strlen(no_date) && memcmp(line, no_date, strlen(no_date)) == 0) {
        return strlen(no_date);
    }
    return len >= strlen(date) && line[4] == date[4] && line[7] == date[7] ? strlen(date) : len;
}

const char *colour_of(const char *line, size_t len) {
    size_t offset = level_offset(line, len);
    size_t i;

    for (i = 0; i < sizeof(colours) / sizeof(colours[0]); i++) {
        size_t level = strlen(colours[i].level);

        if (len - offset >= level && memcmp(line + offset, colours[i].level, level) == 0) {
            return colours[i].colour;
        }
    }
    return "";
}
