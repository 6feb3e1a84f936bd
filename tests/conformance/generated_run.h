/* Both runtimes, for requests of the generator; NGINX keeps its connection. */

#ifndef GENERATED_RUN_H
#define GENERATED_RUN_H

#include "generate.h"

typedef struct generated_runtimes_s generated_runtimes_t;

generated_runtimes_t *generated_runtimes_start(void);

/* Also judges the log of NGINX. */
void generated_runtimes_stop(generated_runtimes_t *runtimes);

/* Both anew, with an empty zone. */
void generated_runtimes_restart(generated_runtimes_t *runtimes);

/* What the mock and NGINX gave; the caller frees the texts. */
typedef struct {
    char *mock;
    char *nginx;
} generated_exchanges_t;

generated_exchanges_t generated_run(generated_runtimes_t *runtimes, const generated_t *g);
int generated_exchanges_differ(const generated_exchanges_t *exchanges);
void generated_exchanges_free(generated_exchanges_t *exchanges);

#endif
