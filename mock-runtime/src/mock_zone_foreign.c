/* Threads of a handler library's own, which no mock knows of until they use its
 * zone.  What they find is theirs until they leave the store, then the zone's, and
 * the mock's once its own thread comes for it. */

#include "mock_zone_state.h"

#include <string.h>

#include "mock_state.h"

/* Of this thread, and of the zone that it has used last. */
static __thread struct {
    uint64_t zone; /* its number; 0: none */
    lfm_zone_user_t user;
    lfm_log_t log;
    lfm_findings_t findings;
} foreign;

void lfm_zone_number(lfm_zone_t *zone) {
    static uint64_t last;

    zone->number = __atomic_add_fetch(&last, 1, __ATOMIC_RELAXED);
}

/* It runs at any time, so what needs all others to stand still goes. */
static void arrive(lfm_zone_t *zone) {
    memset(&foreign, 0, sizeof(foreign));
    foreign.zone = zone->number;
    foreign.user.is_foreign = 1;
    foreign.user.log = &foreign.log;
    foreign.user.findings = &foreign.findings;
    lfm_zone_enter_store(zone);
    if (!lfm_zone_has_foreign(zone)) {
        __atomic_store_n(&zone->has_foreign, 1, __ATOMIC_RELAXED);
        lfm_zone_give_up_guard(zone);
    }
    __atomic_store_n(&zone->shared->has_foreign, 1, __ATOMIC_RELAXED);
    lfm_zone_leave_store(zone);
}

lfm_zone_user_t *lfm_zone_foreign(lfm_zone_t *zone) {
    if (foreign.zone != zone->number) {
        arrive(zone);
    }
    return &foreign.user;
}

static void move_log(lfm_log_t *log, lfm_log_t *from) {
    size_t i;

    for (i = 0; i < from->count; i++) {
        lfm_log_line(log, from->records[i].level, lf_cstr(from->records[i].text));
        log->records[log->count - 1].is_shm = 1;
    }
    lfm_log_clear(from);
}

void lfm_zone_hand_over(lfm_zone_t *zone) {
    if (foreign.log.count > 0) {
        move_log(&zone->foreign_log, &foreign.log);
    }
    if (foreign.findings.count > 0) {
        lfm_findings_take(&zone->foreign_findings, &foreign.findings);
    }
}

void lfm_zone_take_over(lfm_zone_t *zone) {
    lfm_zone_enter_store(zone);
    move_log(zone->user.log, &zone->foreign_log);
    lfm_findings_take(zone->user.findings, &zone->foreign_findings);
    lfm_zone_leave_store(zone);
}
