/* linkfunc-check, which stands beside this program. */

#ifndef CHECK_H
#define CHECK_H

#include "deploy.h"

/* Checks `file` as what the configuration will find in `destination`.  0 when
 * nothing speaks against it; its findings go to standard error. */
int check_library(const deploy_options_t *options, const char *file, const char *destination,
                  const char *conf);

#endif
