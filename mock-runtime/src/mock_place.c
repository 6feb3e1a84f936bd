#include "mock_place.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Below it are numbers; beyond a mapping of the second size are a sanitizer's
 * notes about memory. */
#define LOWEST ((uintptr_t) 1 << 32)
#define LARGEST ((uintptr_t) 1 << 36)
#define HIGHEST ((uintptr_t) 1 << 47)

/* Between these two there is memory; of the last look. */
static uintptr_t lowest = LOWEST;

typedef struct {
    uintptr_t begin;
    uintptr_t end;
    char path[512];
} mapping_t;

/* A line of /proc/self/maps. */
static int parse(const char *line, mapping_t *mapping) {
    char *rest;
    int field;

    mapping->begin = strtoul(line, &rest, 16);
    mapping->end = strtoul(rest + (*rest == '-'), &rest, 16);
    for (field = 0; field < 4; field++) {
        rest += strspn(rest, " ");
        rest += strcspn(rest, " \n");
    }
    rest += strspn(rest, " ");
    (void) snprintf(mapping->path, sizeof(mapping->path), "%.*s", (int) strcspn(rest, "\n"), rest);
    return mapping->begin >= LOWEST && mapping->end - mapping->begin <= LARGEST;
}

static int is_on_this_stack(uintptr_t address) {
    pthread_attr_t attributes;
    void *begin;
    size_t size;

    if (pthread_getattr_np(pthread_self(), &attributes) != 0) {
        return 0;
    }
    (void) pthread_attr_getstack(&attributes, &begin, &size);
    (void) pthread_attr_destroy(&attributes);
    return address - (uintptr_t) begin < size;
}

static int name_of(const mapping_t *mapping, uintptr_t address, char *name) {
    const char *slash = strrchr(mapping->path, '/');
    const char *text = "the heap";

    if (strncmp(mapping->path, "/dev/zero", strlen("/dev/zero")) == 0
        || strncmp(mapping->path, "[v", strlen("[v")) == 0) {
        return 0;
    }
    if (strcmp(mapping->path, "[stack]") == 0 || is_on_this_stack(address)) {
        text = "the stack";
    } else if (slash != NULL) {
        text = slash + 1;
    }
    (void) snprintf(name, LFM_PLACE_NAME, "%.*s", LFM_PLACE_NAME - 1, text);
    return 1;
}

static int look(FILE *maps, uintptr_t address, mapping_t *found) {
    char line[1024];
    uintptr_t first = 0;
    int is_found = 0;
    mapping_t mapping;

    while (fgets(line, sizeof(line), maps) != NULL) {
        if (!parse(line, &mapping)) {
            continue;
        }
        first = first == 0 ? mapping.begin : first;
        if (address >= mapping.begin && address < mapping.end) {
            *found = mapping;
            is_found = 1;
        }
    }
    __atomic_store_n(&lowest, first, __ATOMIC_RELAXED);
    return is_found;
}

int lfm_place_may_be(const void *address) {
    uintptr_t number = (uintptr_t) address;

    return number >= __atomic_load_n(&lowest, __ATOMIC_RELAXED) && number < HIGHEST;
}

int lfm_place_of(const void *address, char *name) {
    mapping_t mapping = {0, 0, ""};
    FILE *maps;
    int found;

    if ((uintptr_t) address < LOWEST || (uintptr_t) address >= HIGHEST) {
        return 0;
    }
    maps = fopen("/proc/self/maps", "re");
    if (maps == NULL) {
        return 0;
    }
    found = look(maps, (uintptr_t) address, &mapping);
    (void) fclose(maps);
    return found && name_of(&mapping, (uintptr_t) address, name);
}
