#include "image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 65536 };

typedef struct {
    const unsigned char *bytes; /* of the file */
    size_t size;
    int memory; /* of the process */
} wanted_t;

typedef struct {
    unsigned long long begin, end, offset;
    bool writable, executable;
    const char *name; /* in the line */
} mapping_t;

/* "BEGIN-END RIGHTS OFFSET DEVICE INODE   NAME" */
static bool read_mapping(char *line, mapping_t *mapping) {
    char *rest, *name;

    line[strcspn(line, "\n")] = '\0';
    name = strchr(line, '/');
    mapping->begin = strtoull(line, &rest, 16);
    if (name == NULL || *rest != '-') {
        return false;
    }
    mapping->end = strtoull(rest + 1, &rest, 16);
    if (strlen(rest) < sizeof(" r-xp ")) {
        return false;
    }
    mapping->writable = rest[2] == 'w';
    mapping->executable = rest[3] == 'x';
    mapping->offset = strtoull(rest + sizeof(" r-xp"), NULL, 16);
    mapping->name = name;
    return true;
}

/* The part behind the end of the file is no part of it. */
static bool equals(const wanted_t *wanted, const mapping_t *mapping) {
    unsigned long long len = mapping->end - mapping->begin, at = 0;
    unsigned char chunk[CHUNK];

    if (mapping->offset >= wanted->size) {
        return false;
    }
    if (len > wanted->size - mapping->offset) {
        len = wanted->size - mapping->offset;
    }
    while (at < len) {
        size_t part = len - at < CHUNK ? (size_t) (len - at) : CHUNK;

        if (pread(wanted->memory, chunk, part, (off_t) (mapping->begin + at)) != (ssize_t) part
            || memcmp(chunk, wanted->bytes + mapping->offset + at, part) != 0) {
            return false;
        }
        at += part;
    }
    return true;
}

/* A library is several mappings of one name in a row.  Its first one begins with
 * the ELF header, and with its code it is never written to. */
static bool find(const wanted_t *wanted, FILE *maps) {
    char *line = NULL, *name = NULL;
    size_t size = 0;
    bool matches = false, has_code = false;
    mapping_t mapping;

    while (!(matches && has_code) && getline(&line, &size, maps) != -1) {
        if (!read_mapping(line, &mapping)) {
            continue;
        }
        if (name == NULL || strcmp(name, mapping.name) != 0) {
            free(name);
            name = strdup(mapping.name);
            matches = mapping.offset == 0 && !mapping.writable && equals(wanted, &mapping);
            has_code = matches && mapping.executable;
        } else if (matches && mapping.executable) {
            matches = equals(wanted, &mapping);
            has_code = matches;
        }
    }
    free(line);
    free(name);
    return matches && has_code;
}

static image_t look(pid_t pid, wanted_t *wanted) {
    char path[64];
    FILE *maps;
    bool found;

    snprintf(path, sizeof(path), "/proc/%d/mem", (int) pid);
    wanted->memory = open(path, O_RDONLY | O_CLOEXEC);
    if (wanted->memory == -1) {
        return IMAGE_HIDDEN;
    }
    snprintf(path, sizeof(path), "/proc/%d/maps", (int) pid);
    maps = fopen(path, "re");
    if (maps == NULL) {
        (void) close(wanted->memory);
        return IMAGE_HIDDEN;
    }
    found = find(wanted, maps);
    (void) fclose(maps);
    (void) close(wanted->memory);
    return found ? IMAGE_THERE : IMAGE_ABSENT;
}

image_t image_find(pid_t pid, const char *path) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    image_t result = IMAGE_HIDDEN;
    struct stat info;
    void *bytes;

    if (fd == -1) {
        return IMAGE_HIDDEN;
    }
    if (fstat(fd, &info) == 0
        && (bytes = mmap(NULL, (size_t) info.st_size, PROT_READ, MAP_PRIVATE, fd, 0)) != MAP_FAILED) {
        wanted_t wanted = {bytes, (size_t) info.st_size, -1};

        result = look(pid, &wanted);
        munmap(bytes, (size_t) info.st_size);
    }
    (void) close(fd);
    return result;
}
