#ifndef LF_SHA256_H
#define LF_SHA256_H

#include <stdint.h>

#include "lf_str.h"

#pragma GCC visibility push(hidden)

#define LF_SHA256_SIZE 32

/* SHA-256 (FIPS 180-4) of bytes that come in pieces. */
typedef struct {
    uint32_t state[8];
    uint64_t len;
    unsigned char block[64]; /* len % 64 bytes wait here */
} lf_sha256_t;

void lf_sha256_init(lf_sha256_t *hash);
void lf_sha256_update(lf_sha256_t *hash, lf_str_t bytes);
void lf_sha256_final(lf_sha256_t *hash, unsigned char digest[LF_SHA256_SIZE]);

/* From 64 hexadecimal digits of either case; 0 when it is anything else. */
int lf_sha256_parse(lf_str_t hex, unsigned char digest[LF_SHA256_SIZE]);

#pragma GCC visibility pop

#endif
