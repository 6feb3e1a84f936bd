/* Where this program stands: what is installed with it is found from there. */

#ifndef OWN_H
#define OWN_H

/* A path (of PATH_MAX bytes) relative to the folder of this program.  Returns
 * 0, or -1 after a message. */
int own_path(char *path, const char *relative);

#endif
