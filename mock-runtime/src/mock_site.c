/* libdw knows files and lines.  It is opened when the first finding is told,
 * so that the mock depends on it neither at build time nor at run time. */

#include "mock_site.h"

#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lf_str.h"
#include "mock_memory.h"
#include "mock_symbol.h"

#if defined(LFM_LIBDW) && __has_include(<elfutils/libdwfl.h>)
#include <elfutils/libdwfl.h>
#define HAVE_LIBDW 1
#endif

#define PLACE_SIZE 4096

/* A path below the current folder is shown from there. */
static const char *shorten(const char *path) {
    char folder[PLACE_SIZE];
    size_t len;

    if (getcwd(folder, sizeof(folder)) == NULL) {
        return path;
    }
    len = strlen(folder);
    return strncmp(path, folder, len) == 0 && path[len] == '/' ? path + len + 1 : path;
}

#ifdef HAVE_LIBDW

typedef struct {
    __typeof__(&dwfl_begin) begin;
    __typeof__(&dwfl_end) end;
    __typeof__(&dwfl_linux_proc_report) report;
    __typeof__(&dwfl_report_end) report_end;
    __typeof__(&dwfl_linux_proc_find_elf) find_elf;
    __typeof__(&dwfl_standard_find_debuginfo) find_debuginfo;
    __typeof__(&dwfl_addrmodule) module_at;
    __typeof__(&dwfl_module_addrname) name_at;
    __typeof__(&dwfl_module_getsrc) line_at;
    __typeof__(&dwfl_lineinfo) line_info;
    __typeof__(&dwfl_module_nextcu) next_unit;
    __typeof__(&dwarf_haspc) has;
    __typeof__(&dwarf_getsrc_die) line_in_unit;
    __typeof__(&dwarf_linesrc) file_of;
    __typeof__(&dwarf_lineno) number_of;
} libdw_t;

/* ISO C has no conversion from void * to a function pointer; POSIX promises
 * that the bytes are the same. */
static int bind(void *library, const char *name, void *function) {
    void *symbol = dlsym(library, name);

    memcpy(function, &symbol, sizeof(symbol));
    return symbol != NULL;
}

static int open_libdw(libdw_t *dw) {
    void *library = dlopen("libdw.so.1", RTLD_NOW | RTLD_LOCAL);

    return library != NULL && bind(library, "dwfl_begin", &dw->begin) && bind(library, "dwfl_end", &dw->end)
           && bind(library, "dwfl_linux_proc_report", &dw->report)
           && bind(library, "dwfl_report_end", &dw->report_end)
           && bind(library, "dwfl_linux_proc_find_elf", &dw->find_elf)
           && bind(library, "dwfl_standard_find_debuginfo", &dw->find_debuginfo)
           && bind(library, "dwfl_addrmodule", &dw->module_at)
           && bind(library, "dwfl_module_addrname", &dw->name_at)
           && bind(library, "dwfl_module_getsrc", &dw->line_at)
           && bind(library, "dwfl_lineinfo", &dw->line_info)
           && bind(library, "dwfl_module_nextcu", &dw->next_unit) && bind(library, "dwarf_haspc", &dw->has)
           && bind(library, "dwarf_getsrc_die", &dw->line_in_unit)
           && bind(library, "dwarf_linesrc", &dw->file_of) && bind(library, "dwarf_lineno", &dw->number_of);
}

/* NULL when the system has none. */
static const libdw_t *libdw(void) {
    static libdw_t dw;
    static int state; /* 0: not tried, 1: open, -1: not there */

    if (state == 0) {
        state = open_libdw(&dw) ? 1 : -1;
    }
    return state == 1 ? &dw : NULL;
}

/* Clang writes no table from addresses to units. */
static const char *search_units(const libdw_t *dw, Dwfl_Module *module, Dwarf_Addr address, int *number) {
    Dwarf_Die *unit = NULL;
    Dwarf_Addr bias;
    Dwarf_Line *line;

    while ((unit = dw->next_unit(module, unit, &bias)) != NULL) {
        line = dw->has(unit, address - bias) == 1 ? dw->line_in_unit(unit, address - bias) : NULL;
        if (line != NULL && dw->number_of(line, number) == 0) {
            return dw->file_of(line, NULL, NULL);
        }
    }
    return NULL;
}

static const char *find_line(const libdw_t *dw, Dwfl_Module *module, Dwarf_Addr address, int *number) {
    Dwfl_Line *line = dw->line_at(module, address);

    return line != NULL ? dw->line_info(line, NULL, number, NULL, NULL, NULL)
                        : search_units(dw, module, address, number);
}

static void look_up(const libdw_t *dw, Dwfl *dwfl, Dwarf_Addr address, lfm_site_t *site) {
    Dwfl_Module *module = dw->module_at(dwfl, address);
    const char *name = module == NULL ? NULL : dw->name_at(module, address);
    int number = 0;
    const char *file = module == NULL ? NULL : find_line(dw, module, address, &number);
    char place[PLACE_SIZE];

    if (name != NULL) {
        site->function = lfm_text_dup(lf_cstr(name));
    }
    if (file != NULL) {
        (void) snprintf(place, sizeof(place), "%s:%d", shorten(file), number);
        site->place = lfm_text_dup(lf_cstr(place));
    }
}

static void ask_libdw(const void *address, lfm_site_t *site) {
    const libdw_t *dw = libdw();
    Dwfl_Callbacks callbacks;
    Dwfl *dwfl;

    if (dw == NULL) {
        return;
    }
    memset(&callbacks, 0, sizeof(callbacks));
    callbacks.find_elf = dw->find_elf;
    callbacks.find_debuginfo = dw->find_debuginfo;
    dwfl = dw->begin(&callbacks);
    if (dwfl == NULL) {
        return;
    }
    if (dw->report(dwfl, getpid()) == 0 && dw->report_end(dwfl, NULL, NULL) == 0) {
        look_up(dw, dwfl, (Dwarf_Addr) (uintptr_t) address, site);
    }
    dw->end(dwfl);
}

#else

static void ask_libdw(const void *address, lfm_site_t *site) {
    (void) address;
    (void) site;
}

#endif

static char *offset_text(const char *name, size_t offset) {
    char place[PLACE_SIZE];

    (void) snprintf(place, sizeof(place), "%s+0x%zx", name, offset);
    return lfm_text_dup(lf_cstr(place));
}

/* What the symbols tell, where debugging information tells nothing. */
static void ask_symbols(const void *address, lfm_site_t *site) {
    size_t offset = 0;
    char *name = lfm_symbol_function(address, &offset);

    if (name == NULL) {
        return;
    }
    if (site->place == NULL) {
        site->place = offset_text(name, offset);
    }
    if (site->function == NULL) {
        site->function = name;
    } else {
        free(name);
    }
}

/* The same of the dynamic ones, and where it is in a file without any. */
static void ask_linker(const void *address, lfm_site_t *site) {
    Dl_info info;

    if (dladdr(address, &info) == 0) {
        return;
    }
    if (site->function == NULL && info.dli_sname != NULL) {
        site->function = lfm_text_dup(lf_cstr(info.dli_sname));
    }
    if (site->place == NULL) {
        const void *begin = info.dli_sname == NULL ? info.dli_fbase : info.dli_saddr;

        site->place = offset_text(info.dli_sname == NULL ? shorten(info.dli_fname) : info.dli_sname,
                                  (size_t) ((const char *) address - (const char *) begin));
    }
}

lfm_site_t lfm_site_of(const void *address) {
    lfm_site_t site = {NULL, NULL};

    if (address != NULL) {
        ask_libdw(address, &site);
        if (site.function == NULL || site.place == NULL) {
            ask_symbols(address, &site);
            ask_linker(address, &site);
        }
    }
    if (site.function != NULL) { /* a part that the compiler has moved away, such as "function.cold" */
        site.function[strcspn(site.function, ".")] = '\0';
    }
    site.function = site.function == NULL ? lfm_text_dup(lf_cstr("?")) : site.function;
    site.place = site.place == NULL ? lfm_text_dup(lf_cstr("?")) : site.place;
    return site;
}

/* The linker's own names for the ends of a section. */
extern const char section_begin[] __asm__("__start_lfm_calls_out");
extern const char section_end[] __asm__("__stop_lfm_calls_out");

int lfm_site_is_call_out(const void *address) {
    return (const char *) address >= section_begin && (const char *) address < section_end;
}
