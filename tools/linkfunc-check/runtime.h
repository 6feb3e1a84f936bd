/* The functions that the module defines, and since when. */

#ifndef RUNTIME_H
#define RUNTIME_H

/* The version of the API that this SDK has. */
unsigned runtime_version(void);

/* The version in which a function came; 0 when there is none of that name. */
unsigned runtime_version_of(const char *function);

#endif
