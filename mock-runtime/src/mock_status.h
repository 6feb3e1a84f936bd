#ifndef MOCK_STATUS_H
#define MOCK_STATUS_H

#include <stddef.h>

/* What NGINX writes behind "HTTP/1.1 " for a status: its reason, or for one
 * that it does not know the digits and a space.  The caller frees it. */
char *lfm_status_line_dup(unsigned status);

/* Whether NGINX has a page for it. */
int lfm_status_has_page(unsigned status);

/* NGINX's page for an error, with server_tokens off.  The caller frees it. */
char *lfm_status_page_dup(unsigned status, size_t *len);

#endif
