/* Results of the API in words. */
#ifndef LF_ERROR_H
#define LF_ERROR_H

#pragma GCC visibility push(hidden)

/* What ngx_link_func_strerror() says of a value of ngx_link_func_status_t. */
const char *lf_error_text(int status);

#pragma GCC visibility pop

#endif
