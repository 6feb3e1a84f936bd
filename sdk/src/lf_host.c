#include "lf_host.h"

/* Where a port can begin: behind the bracket of an IPv6 address. */
static size_t lf_host_port_from(lf_str_t host) {
    const char *bracket = host.len > 0 && host.data[0] == '[' ? memchr(host.data, ']', host.len) : NULL;

    return bracket == NULL ? 0 : (size_t) (bracket - host.data);
}

lf_str_t lf_host_name(lf_str_t host) {
    size_t i;

    for (i = lf_host_port_from(host); i < host.len && host.data[i] != ':'; i++) {
    }
    host.len = i;
    if (host.len > 0 && host.data[host.len - 1] == '.') {
        host.len--;
    }
    return host;
}

int lf_host_is_valid(lf_str_t host) {
    size_t i;

    for (i = 0; i < host.len; i++) {
        unsigned char c = (unsigned char) host.data[i];

        if (c <= ' ' || c == 0x7f || c == '/' || (c == '.' && i > 0 && host.data[i - 1] == '.')) {
            return 0;
        }
    }
    return host.len == 0 || lf_host_name(host).len > 0;
}
