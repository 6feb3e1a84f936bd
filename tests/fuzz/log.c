/* A byte that limits the room, and a message of the log. */

#include "lf_log.h"

#include "fuzz.h"

static void escape(lf_str_t text, size_t room, size_t (*write)(char *dst, size_t size, lf_str_t text)) {
    char *line = malloc(room);
    size_t len = write(line, room, text), i;

    fuzz_check(len <= room);
    for (i = 0; i < len; i++) {
        fuzz_check((unsigned char) line[i] >= ' ' && line[i] != 0x7f);
    }
    free(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    lf_str_t text = fuzz_dup(fuzz_input(data + (size > 0), size - (size > 0)));
    size_t room = size > 0 ? data[0] : 0;

    escape(text, room, lf_log_escape);
    escape(text, room, lf_log_escape_controls);
    escape(text, LF_LOG_ESCAPED_SIZE(text.len), lf_log_escape);
    fuzz_free(text);
    return 0;
}
