/* The command line of a tool, from one table: parsing, --help, --version and
 * the form of every message follow from it. */

#ifndef CLI_H
#define CLI_H

#include <stddef.h>
#include <stdio.h>

typedef struct {
    const char *flag;     /* "--port" */
    char letter;          /* 'p' for "-p"; 0 when there is none */
    const char *argument; /* "N" in the help; NULL for a flag without one */
    const char *help;
    /* Stores the value (NULL without an argument) in the tool's own options;
     * returns NULL, or what is wrong with the value. */
    const char *(*take)(void *options, const char *value);
} cli_option_t;

typedef struct {
    const char *name;
    const char *version;
    const char *operands; /* "[DIR]" */
    const char *summary;
    const cli_option_t *options; /* ends with a row whose flag is NULL */
    int min_operands;
    int max_operands;
} cli_t;

/* Parses, and moves the operands to argv[1]...; returns how many there are.
 * A value may follow its flag as the next word, as "--port=N" or as "-pN"; "--"
 * ends the options.  Ends the process for --help and --version, and with 2
 * after a misuse. */
int cli_parse(const cli_t *cli, int argc, char **argv, void *options);

/* A line that tells what is wrong - `what` may have a %s for the subject - and a
 * hint; ends the process with 2. */
_Noreturn void cli_misuse(const cli_t *cli, const char *what, const char *subject);

/* One line "NAME: MESSAGE" on standard error. */
void cli_report(const cli_t *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));

typedef struct {
    const char *key;
    const char *value;
} cli_member_t;

/* A JSON object of strings (RFC 8259); what is not UTF-8 goes out as it is. */
void cli_print_json(FILE *out, const cli_member_t *members, size_t count);

#endif
