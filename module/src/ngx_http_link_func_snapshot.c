/*
 * A library's bytes in memory, taken once for each configuration load: what
 * workers open, whatever happens to the file meanwhile.
 */

#include "ngx_http_link_func_child.h"

#include <sys/mman.h>
#include <sys/sendfile.h>

#include "lf_elf.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif


/* How long a file may go on changing while it is read. */
#define NGX_HTTP_LINK_FUNC_SNAPSHOT_PATIENCE (ngx_msec_t) 5000

/* A file that is written twice within a tick of the kernel's clock keeps its
 * time, so what has been written that lately may be written again unseen. */
#define NGX_HTTP_LINK_FUNC_SNAPSHOT_SETTLE (ngx_msec_t) 50

/* The clock of a file server may be that much ahead. */
#define NGX_HTTP_LINK_FUNC_SNAPSHOT_AHEAD (ngx_msec_t) 2000

/* What is asked of the kernel at once. */
#define NGX_HTTP_LINK_FUNC_SNAPSHOT_PART ((size_t) 16 * 1024 * 1024)

/* The kernel's limit is 249 bytes. */
#define NGX_HTTP_LINK_FUNC_SNAPSHOT_NAME 200


static ngx_int_t
ngx_http_link_func_snapshot_copy(ngx_cycle_t                  *cycle,
                                 ngx_http_link_func_library_t *library);
static ngx_int_t
ngx_http_link_func_snapshot_try(ngx_http_link_func_library_t *library);
static ngx_uint_t ngx_http_link_func_snapshot_is_settled(ngx_file_info_t *info);
static ngx_uint_t ngx_http_link_func_snapshot_is_same(ngx_file_info_t *a,
                                                      ngx_file_info_t *b);
static ngx_int_t  ngx_http_link_func_snapshot_bytes(ngx_fd_t from, ngx_fd_t to);
static ngx_int_t  ngx_http_link_func_snapshot_rest(ngx_fd_t from, ngx_fd_t to);
static ngx_fd_t
ngx_http_link_func_snapshot_create(ngx_http_link_func_library_t *library,
                                   const char                  **failed);
static ngx_uint_t ngx_http_link_func_snapshot_works(ngx_fd_t     fd,
                                                    const char **failed);
static ngx_uint_t ngx_http_link_func_snapshot_uses_origin(ngx_fd_t fd);
static void       ngx_http_link_func_snapshot_close(void *data);


ngx_int_t
ngx_http_link_func_snapshot(ngx_cycle_t                    *cycle,
                            ngx_http_link_func_main_conf_t *lmcf,
                            ngx_http_link_func_library_t   *library)
{
    u_char             *name;
    const char         *failed;
    ngx_pool_cleanup_t *cln;

    if (lmcf->no_snapshots) {
        return NGX_OK;
    }

    name = ngx_pnalloc(cycle->pool, sizeof("/proc/self/fd/") + NGX_INT_T_LEN);
    if (name == NULL) {
        return NGX_ERROR;
    }

    cln = ngx_pool_cleanup_add(cycle->pool, 0);
    if (cln == NULL) {
        return NGX_ERROR;
    }

    library->fd = ngx_http_link_func_snapshot_create(library, &failed);

    if (library->fd == NGX_INVALID_FILE) {
        lmcf->no_snapshots = failed;
        lmcf->no_snapshots_err = ngx_errno;
        return NGX_OK;
    }

    cln->handler = ngx_http_link_func_snapshot_close;
    cln->data = library;

    if (ngx_http_link_func_snapshot_copy(cycle, library) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ngx_http_link_func_snapshot_uses_origin(library->fd)) {
        ngx_http_link_func_snapshot_close(library);
        library->uses_origin = 1;
        return NGX_OK;
    }

    (void) ngx_sprintf(name, "/proc/self/fd/%d%Z", library->fd);
    library->load = name;

    return NGX_OK;
}


/* When the configuration is accepted: before that, the log of a start is not
 * the one that it names. */

void
ngx_http_link_func_snapshot_say(ngx_cycle_t                    *cycle,
                                ngx_http_link_func_main_conf_t *lmcf)
{
    ngx_uint_t                     i;
    ngx_http_link_func_library_t **library;

    if (lmcf->no_snapshots) {
        ngx_log_error(NGX_LOG_NOTICE, cycle->log, lmcf->no_snapshots_err,
                      "ngx_link_func_snapshot: %s failed, workers open the "
                      "libraries themselves",
                      lmcf->no_snapshots);
    }

    library = lmcf->libraries.elts;

    for (i = 0; i < lmcf->libraries.nelts; i++) {
        if (library[i]->uses_origin) {
            ngx_log_error(NGX_LOG_NOTICE, cycle->log, 0,
                          "ngx_link_func_snapshot: \"%V\" uses $ORIGIN, "
                          "workers open the library itself",
                          &library[i]->path);
        }
    }
}


/* A file that changes while it is read is read again. */

static ngx_int_t
ngx_http_link_func_snapshot_copy(ngx_cycle_t                  *cycle,
                                 ngx_http_link_func_library_t *library)
{
    ngx_int_t  rc;
    ngx_msec_t now, deadline;

    now = ngx_http_link_func_child_now();
    deadline = now + NGX_HTTP_LINK_FUNC_SNAPSHOT_PATIENCE;

    while ((rc = ngx_http_link_func_snapshot_try(library)) == NGX_AGAIN) {
        if (ngx_http_link_func_child_wait(
                -1, now + NGX_HTTP_LINK_FUNC_SNAPSHOT_SETTLE)
            == NGX_ERROR)
        {
            return NGX_ERROR;
        }

        now = ngx_http_link_func_child_now();

        if (now >= deadline) {
            ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                          "%s: \"%V\" kept changing for %M seconds while it "
                          "was read in %V:%ui",
                          library->directive, &library->path,
                          NGX_HTTP_LINK_FUNC_SNAPSHOT_PATIENCE / 1000,
                          &library->place.file, library->place.line);
            return NGX_ERROR;
        }
    }

    if (rc != NGX_OK
        || fcntl(library->fd, F_ADD_SEALS,
                 F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL)
               == -1)
    {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, ngx_errno,
                      "%s: reading \"%V\" failed in %V:%ui", library->directive,
                      &library->path, &library->place.file,
                      library->place.line);
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* NGX_AGAIN: it changes. */

static ngx_int_t
ngx_http_link_func_snapshot_try(ngx_http_link_func_library_t *library)
{
    ngx_file_info_t before, after;

    if (ngx_fd_info(library->file, &before) == NGX_FILE_ERROR) {
        return NGX_ERROR;
    }

    if (!library->downloaded
        && !ngx_http_link_func_snapshot_is_settled(&before)) {
        return NGX_AGAIN;
    }

    if (ngx_http_link_func_snapshot_bytes(library->file, library->fd) != NGX_OK
        || ngx_fd_info(library->file, &after) == NGX_FILE_ERROR)
    {
        return NGX_ERROR;
    }

    return ngx_http_link_func_snapshot_is_same(&before, &after) ? NGX_OK
                                                                : NGX_AGAIN;
}


static ngx_uint_t
ngx_http_link_func_snapshot_is_settled(ngx_file_info_t *info)
{
    int64_t         age;
    struct timespec now;

    (void) clock_gettime(CLOCK_REALTIME, &now);

    age = (int64_t) (now.tv_sec - info->st_mtim.tv_sec) * 1000
          + (now.tv_nsec - info->st_mtim.tv_nsec) / 1000000;

    /* A time far in the future is not that of a write. */

    return age < -(int64_t) NGX_HTTP_LINK_FUNC_SNAPSHOT_AHEAD
           || age >= (int64_t) NGX_HTTP_LINK_FUNC_SNAPSHOT_SETTLE;
}


static ngx_uint_t
ngx_http_link_func_snapshot_is_same(ngx_file_info_t *a, ngx_file_info_t *b)
{
    return a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec
           && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec
           && a->st_ctim.tv_sec == b->st_ctim.tv_sec
           && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}


static ngx_int_t
ngx_http_link_func_snapshot_bytes(ngx_fd_t from, ngx_fd_t to)
{
    ssize_t n;

    if (ftruncate(to, 0) == -1 || lseek(from, 0, SEEK_SET) == -1
        || lseek(to, 0, SEEK_SET) == -1)
    {
        return NGX_ERROR;
    }

    do {
        n = sendfile(to, from, NULL, NGX_HTTP_LINK_FUNC_SNAPSHOT_PART);
    } while (n > 0 || (n == -1 && ngx_errno == NGX_EINTR));

    if (n == 0) {
        return NGX_OK;
    }

    /* Some file systems have no such thing, or not for what is left. */

    if (ngx_errno != NGX_EINVAL && ngx_errno != NGX_ENOSYS
        && ngx_errno != EOVERFLOW)
    {
        return NGX_ERROR;
    }

    return ngx_http_link_func_snapshot_rest(from, to);
}


static ngx_int_t
ngx_http_link_func_snapshot_rest(ngx_fd_t from, ngx_fd_t to)
{
    u_char  part[16 * 1024];
    ssize_t n;

    do {
        n = read(from, part, sizeof(part));

        /* A memory file takes all of it, unless memory is out. */

        if (n > 0 && write(to, part, (size_t) n) != n) {
            return NGX_ERROR;
        }

    } while (n > 0 || (n == -1 && ngx_errno == NGX_EINTR));

    return n == 0 ? NGX_OK : NGX_ERROR;
}


/* Sets *failed to what has failed. */

static ngx_fd_t
ngx_http_link_func_snapshot_create(ngx_http_link_func_library_t *library,
                                   const char                  **failed)
{
    u_char    name[NGX_HTTP_LINK_FUNC_SNAPSHOT_NAME];
    ngx_fd_t  fd;
    ngx_err_t err;
    char     *base;

    base = strrchr((char *) library->path.data, '/');
    base = base ? base + 1 : (char *) library->path.data;

    (void) ngx_cpystrn(name, (u_char *) base, sizeof(name));

    *failed = "memfd_create()";
    fd =
        memfd_create((char *) name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);

    if (fd == NGX_INVALID_FILE && ngx_errno == NGX_EINVAL) {
        fd = memfd_create((char *) name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    }

    if (fd == NGX_INVALID_FILE) {
        return NGX_INVALID_FILE;
    }

    fd = ngx_http_link_func_child_raise_fd(fd);

    if (!ngx_http_link_func_snapshot_works(fd, failed)) {
        err = ngx_errno;
        (void) ngx_close_file(fd);
        ngx_set_errno(err);
        return NGX_INVALID_FILE;
    }

    return fd;
}


/* Whether a worker will be able to open it, and may run what is in it. */

static ngx_uint_t
ngx_http_link_func_snapshot_works(ngx_fd_t fd, const char **failed)
{
    void    *addr;
    u_char   name[sizeof("/proc/self/fd/") + NGX_INT_T_LEN];
    ngx_fd_t opened;

    *failed = "mapping a memory file executable";
    addr = mmap(NULL, ngx_pagesize, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);

    if (addr == MAP_FAILED) {
        return 0;
    }

    (void) munmap(addr, ngx_pagesize);

    *failed = "opening a memory file through /proc";
    (void) ngx_sprintf(name, "/proc/self/fd/%d%Z", fd);
    opened = ngx_open_file(name, NGX_FILE_RDONLY, NGX_FILE_OPEN, 0);

    if (opened == NGX_INVALID_FILE) {
        return 0;
    }

    (void) ngx_close_file(opened);

    return 1;
}


/* Sealed, so it cannot shrink below its mapping. */

static ngx_uint_t
ngx_http_link_func_snapshot_uses_origin(ngx_fd_t fd)
{
    void           *addr;
    size_t          size;
    ngx_uint_t      uses;
    ngx_file_info_t info;

    if (ngx_fd_info(fd, &info) == NGX_FILE_ERROR) {
        return 0;
    }

    size = (size_t) ngx_file_size(&info);
    addr = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);

    if (addr == MAP_FAILED) {
        return 0;
    }

    uses = lf_elf_uses_origin(lf_str(addr, size));

    (void) munmap(addr, size);

    return uses;
}


static void
ngx_http_link_func_snapshot_close(void *data)
{
    ngx_http_link_func_library_t *library = data;

    if (library->fd != NGX_INVALID_FILE) {
        (void) ngx_close_file(library->fd);
        library->fd = NGX_INVALID_FILE;
    }
}
