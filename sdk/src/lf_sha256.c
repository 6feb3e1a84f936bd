#include "lf_sha256.h"

/* The first 32 bits of the fractions of the cube roots of the first 64 primes. */
static const uint32_t round_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotate(uint32_t word, unsigned bits) {
    return word >> bits | word << (32 - bits);
}

static void expand(const unsigned char block[64], uint32_t words[64]) {
    size_t i;

    for (i = 0; i < 16; i++) {
        words[i] = (uint32_t) block[4 * i] << 24 | (uint32_t) block[4 * i + 1] << 16
                   | (uint32_t) block[4 * i + 2] << 8 | block[4 * i + 3];
    }
    for (; i < 64; i++) {
        uint32_t small = rotate(words[i - 15], 7) ^ rotate(words[i - 15], 18) ^ words[i - 15] >> 3;
        uint32_t large = rotate(words[i - 2], 17) ^ rotate(words[i - 2], 19) ^ words[i - 2] >> 10;

        words[i] = words[i - 16] + small + words[i - 7] + large;
    }
}

/* One round on the eight working variables, in place of moving them along. */
static void turn(uint32_t v[8], uint32_t word) {
    uint32_t choice = (v[4] & v[5]) ^ (~v[4] & v[6]);
    uint32_t majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
    uint32_t first = v[7] + (rotate(v[4], 6) ^ rotate(v[4], 11) ^ rotate(v[4], 25)) + choice + word;
    uint32_t second = (rotate(v[0], 2) ^ rotate(v[0], 13) ^ rotate(v[0], 22)) + majority;

    memmove(v + 1, v, 7 * sizeof(v[0]));
    v[4] += first;
    v[0] = first + second;
}

static void compress(lf_sha256_t *hash, const unsigned char block[64]) {
    uint32_t words[64], v[8];
    size_t i;

    expand(block, words);
    memcpy(v, hash->state, sizeof(v));
    for (i = 0; i < 64; i++) {
        turn(v, round_constants[i] + words[i]);
    }
    for (i = 0; i < 8; i++) {
        hash->state[i] += v[i];
    }
}

void lf_sha256_init(lf_sha256_t *hash) {
    static const uint32_t start[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

    memcpy(hash->state, start, sizeof(start));
    hash->len = 0;
}

void lf_sha256_update(lf_sha256_t *hash, lf_str_t bytes) {
    while (bytes.len > 0) {
        size_t held = hash->len % sizeof(hash->block);
        size_t len = sizeof(hash->block) - held;

        if (len > bytes.len) {
            len = bytes.len;
        }
        memcpy(hash->block + held, bytes.data, len);
        hash->len += len;
        bytes = lf_str(bytes.data + len, bytes.len - len);
        if (hash->len % sizeof(hash->block) == 0) {
            compress(hash, hash->block);
        }
    }
}

void lf_sha256_final(lf_sha256_t *hash, unsigned char digest[LF_SHA256_SIZE]) {
    static const char padding[64] = {(char) 0x80};
    uint64_t bits = hash->len * 8;
    char length[8];
    size_t i;

    for (i = 0; i < 8; i++) {
        length[i] = (char) (bits >> (56 - 8 * i));
    }
    lf_sha256_update(hash, lf_str(padding, 1 + (119 - hash->len % 64) % 64));
    lf_sha256_update(hash, lf_str(length, sizeof(length)));
    for (i = 0; i < LF_SHA256_SIZE; i++) {
        digest[i] = (unsigned char) (hash->state[i / 4] >> (24 - 8 * (i % 4)));
    }
}

/* -1 when it is none. */
static int hex_value(char digit) {
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    digit = (char) (digit | 0x20);
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

int lf_sha256_parse(lf_str_t hex, unsigned char digest[LF_SHA256_SIZE]) {
    size_t i;

    if (hex.len != 2 * (size_t) LF_SHA256_SIZE) {
        return 0;
    }
    for (i = 0; i < LF_SHA256_SIZE; i++) {
        int high = hex_value(hex.data[2 * i]), low = hex_value(hex.data[2 * i + 1]);

        if (high < 0 || low < 0) {
            return 0;
        }
        digest[i] = (unsigned char) (high * 16 + low);
    }
    return 1;
}
