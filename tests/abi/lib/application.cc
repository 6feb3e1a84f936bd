/* The same application in the other language. */

#include "application.c"
