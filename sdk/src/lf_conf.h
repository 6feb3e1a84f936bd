/* NGINX's configuration language: words, ended by ';' or by a block in braces.
 * Nothing is known here of what the words mean, nor of files; but a directive
 * by the name of "*_by_lua_block" has code in its block, which is read over as
 * the module does that brings it. */

#ifndef LF_CONF_H
#define LF_CONF_H

#include "lf_str.h"

#pragma GCC visibility push(hidden)

typedef enum {
    LF_CONF_WORD,
    LF_CONF_STOP,  /* the ';' behind at least one word, or its block of code */
    LF_CONF_OPEN,  /* the '{' behind at least one word */
    LF_CONF_CLOSE, /* a '}' where no word stood before */
    LF_CONF_END,   /* the text is over, between two directives */
    LF_CONF_BROKEN,
} lf_conf_kind_t;

/* NGINX's buffer, which one word must fit. */
#define LF_CONF_WORD_MAX 4096

typedef struct {
    lf_str_t text;
    size_t at;
    unsigned line;    /* where the reader stands, from 1: what NGINX puts into messages */
    size_t words;     /* of the directive so far */
    int code;         /* the directive's block is code */
    int quoted;       /* the last word ended with its quote: not everything may follow */
    char problem[96]; /* behind LF_CONF_BROKEN, in NGINX's words */
} lf_conf_t;

void lf_conf_init(lf_conf_t *conf, lf_str_t text);

/* The next token.  *word is set for a word: without its quotes, with its
 * escapes.  After LF_CONF_END and LF_CONF_BROKEN there is none. */
lf_conf_kind_t lf_conf_next(lf_conf_t *conf, lf_str_t *word);

/* Writes a word without its escapes to `dst`, which has room for word.len
 * bytes, and returns the length. */
size_t lf_conf_unescape(char *dst, lf_str_t word);

#pragma GCC visibility pop

#endif
