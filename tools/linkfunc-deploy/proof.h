/* That NGINX takes what was installed, and serves with it. */

#ifndef PROOF_H
#define PROOF_H

#include "nginx.h"

typedef enum {
    PROOF_NONE,
    PROOF_CONFIGURATION, /* nginx -t accepts it; no nginx runs */
    PROOF_WORKERS,       /* new workers are there and stay; their memory cannot be read */
    PROOF_LIBRARY,       /* and have loaded the library */
} proof_level_t;

typedef struct {
    proof_level_t level;
    bool tested;   /* nginx -t accepts the configuration */
    bool reloaded; /* the master was told to */
    bool renewed;  /* and new workers have been seen */
} proof_t;

/* nginx -t, reload, new workers that have the library of this path (NULL: any).
 * -1 where one fails, which was reported, or we are asked to end. */
int proof_find(proof_t *proof, const nginx_t *nginx, const char *library);

/* Every --probe; as above. */
int proof_probe(const proof_t *proof, const deploy_options_t *options);

#endif
