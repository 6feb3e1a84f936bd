#ifndef FIND_NGINX_H
#define FIND_NGINX_H

/* The nginx program of this machine, or NULL; the caller frees the path.  Looks
 * where PATH says, then in the folders that ordinary users' PATH lacks. */
char *find_nginx(void);

#endif
