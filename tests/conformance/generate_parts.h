/* The halves of a case, and what both use. */

#ifndef GENERATE_PARTS_H
#define GENERATE_PARTS_H

#include <stdio.h>

#include "generate.h"
#include "pools.h"
#include "random.h"

void generate_steps(random_t *r, generated_t *g);

/* Whose location depends on the steps. */
void generate_request(random_t *r, generated_t *g);

const pool_value_t *generate_choice(random_t *r, const pool_t *pool);

/* Memory to print to; closing it leaves the text to the caller. */
FILE *generate_text(char **text, size_t *size);

#endif
