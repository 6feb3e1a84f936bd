/* The same in the other language. */

#include "current.c"
