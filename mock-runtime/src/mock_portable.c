#include "mock_running.h"

#include "mock_failure.h"

typedef enum {
    RULE_NONE,
    RULE_LOCKS,
    RULE_UNLOCKS,
    RULE_WITHOUT_LOCK, /* it takes the one mutex that there is */
    RULE_WITH_LOCK,    /* it takes none */
    RULE_NEW,          /* it is not there */
} rule_t;

/* Without their "ngx_link_func_". */
static const struct {
    const char *function;
    rule_t rule;
} rules[] = {
    {"shmtx_lock", RULE_LOCKS},
    {"shmtx_trylock", RULE_LOCKS},
    {"shmtx_unlock", RULE_UNLOCKS},
    {"shm_alloc", RULE_WITHOUT_LOCK},
    {"shm_free", RULE_WITHOUT_LOCK},
    {"shm_alloc_locked", RULE_WITH_LOCK},
    {"shm_free_locked", RULE_WITH_LOCK},
    {"cache_get", RULE_WITH_LOCK},
    {"cache_put", RULE_WITH_LOCK},
    {"cache_new", RULE_WITH_LOCK},
    {"cache_remove", RULE_WITH_LOCK},
    {"abi_version", RULE_NEW},
    {"strerror", RULE_NEW},
    {"get_method", RULE_NEW},
    {"get_remote_addr", RULE_NEW},
    {"get_var", RULE_NEW},
    {"set_var", RULE_NEW},
    {"each_header", RULE_NEW},
    {"get_query_arg", RULE_NEW},
    {"get_form_arg", RULE_NEW},
    {"get_cookie", RULE_NEW},
    {"del_header_in", RULE_NEW},
    {"set_header_out", RULE_NEW},
    {"del_header_out", RULE_NEW},
    {"decline", RULE_NEW},
    {"write_resp_ref", RULE_NEW},
    {"log_fmt", RULE_NEW},
    {"dict_get", RULE_NEW},
    {"dict_set", RULE_NEW},
    {"dict_add", RULE_NEW},
    {"dict_incr", RULE_NEW},
    {"dict_delete", RULE_NEW},
    {"dict_ttl", RULE_NEW},
    {"dict_expire", RULE_NEW},
    {"dict_stats", RULE_NEW},
};

static rule_t rule_of(const char *name) {
    size_t i;

    for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        if (strcmp(rules[i].function, name) == 0) {
            return rules[i].rule;
        }
    }
    return RULE_NONE;
}

static int is_asked_for(void) {
    return lfm_running.mock != NULL && lfm_running.mock->target == NGX_LINK_FUNC_MOCK_TARGET_324;
}

static void find(const char *name, const char *problem) {
    lfm_find(&lfm_running.mock->findings, NGX_LINK_FUNC_MOCK_CODE_PORTABILITY, lfm_at, "%s() %s", name,
             problem);
}

static void check(const char *name) {
    unsigned depth = lfm_running.locks;

    switch (rule_of(name)) {
    case RULE_LOCKS:
        if (lfm_running.locks++ > 0) {
            find(name, "with the mutex held: in the original module it does not nest");
        }
        return;
    case RULE_UNLOCKS:
        lfm_running.locks -= depth > 0;
        return;
    case RULE_WITHOUT_LOCK:
        if (depth > 0) {
            find(name, "with the mutex held: in the original module it waits for it, for ever");
        }
        return;
    case RULE_WITH_LOCK:
        if (depth == 0) {
            find(name, "without the mutex: in the original module nothing else keeps other workers out");
        }
        return;
    case RULE_NEW:
        find(name, "is not in the original module: it does not load the library");
        return;
    case RULE_NONE:
        return;
    }
}

void lfm_portable_call(const char *function) {
    if (is_asked_for()) {
        check(function + sizeof("ngx_link_func_") - 1);
    }
}

void lfm_portable_zone_call(const char *function, const void *shared_mem) {
    const char *name = function + sizeof("ngx_link_func_") - 1;

    if (!is_asked_for()) {
        return;
    }
    if (shared_mem == NULL && rule_of(name) != RULE_NEW) {
        find(name, "without shared memory: the original module crashes");
        return;
    }
    check(name);
}

void lfm_portable_replace(lfm_call_t *call, lf_str_t name) {
    if (is_asked_for()) {
        lfm_find(&call->mock->findings, NGX_LINK_FUNC_MOCK_CODE_PORTABILITY, lfm_at,
                 "there is a header \"%.*s\" already: the original module appends a second one",
                 (int) name.len, name.data);
    }
}

void lfm_portable_return(lfm_call_t *call) {
    if (call->mock->target == NGX_LINK_FUNC_MOCK_TARGET_324 && !call->answer.written
        && !call->answer.declined) {
        lfm_find(&call->mock->findings, NGX_LINK_FUNC_MOCK_CODE_PORTABILITY, call->mock->findings.handler,
                 "it relies on the empty 200 that this module gives when there is no response");
    }
}

void ngx_link_func_mock_target(ngx_link_func_mock_t *mock, ngx_link_func_mock_target_t target) {
    switch (target) {
    case NGX_LINK_FUNC_MOCK_TARGET_THIS:
        break;
    case NGX_LINK_FUNC_MOCK_TARGET_324:
        ngx_link_func_mock_detect(mock, NGX_LINK_FUNC_MOCK_CODE_PORTABILITY);
        break;
    default:
        lfm_misuse("ngx_link_func_mock_target(): %d is not a target", (int) target);
    }
    mock->target = target;
}
