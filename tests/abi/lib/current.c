/* The layout of today's header, and its own copy of the names: a library that
 * asks for no more than version 34 of it. */

#define NGX_LINK_FUNC_API 34

#include <ngx_link_func_module.h>

#include <layout.h>

HOLDS(the_old_macro_is_defined, ngx_link_func_module_version_34);
