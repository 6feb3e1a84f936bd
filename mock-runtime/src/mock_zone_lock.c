/* The lock of the store, which the API takes, and the one that handlers take.  A
 * process that is alone with the zone needs neither. */

#include "mock_zone_state.h"

#include <errno.h>

#include "lf_message.h"
#include "mock_state.h"

__thread lfm_zone_user_t *lfm_zone_user;

/* The store knows by itself what a holder left that died. */
static int accept_lock(pthread_mutex_t *mutex, int result) {
    if (result == EOWNERDEAD) {
        (void) pthread_mutex_consistent(mutex);
        return 1;
    }
    return result == 0;
}

void lfm_zone_enter_store(lfm_zone_t *zone) {
    if (zone->is_contended) {
        pthread_mutex_t *mutex = &zone->shared->store_lock;

        (void) accept_lock(mutex, pthread_mutex_lock(mutex));
    }
    lfm_zone_open(zone);
}

void lfm_zone_leave_store(lfm_zone_t *zone) {
    lfm_zone_close(zone);
    if (zone->is_contended) {
        (void) pthread_mutex_unlock(&zone->shared->store_lock);
    }
}

/* By a schedule nobody runs while he waits. */
static void take_user_lock(pthread_mutex_t *mutex) {
    if (lfm_turn.schedule == NULL) {
        (void) accept_lock(mutex, pthread_mutex_lock(mutex));
        return;
    }
    while (!accept_lock(mutex, pthread_mutex_trylock(mutex))) {
        lfm_schedule_block();
    }
}

void lfm_zone_lock(lfm_zone_t *zone) {
    lfm_zone_user_t *user = lfm_user(zone);

    if (user->lock_depth == 0 && zone->is_contended) {
        take_user_lock(&zone->shared->user_lock);
    }
    user->lock_depth++;
    lfm_zone_open(zone);
}

int lfm_zone_trylock(lfm_zone_t *zone) {
    lfm_zone_user_t *user = lfm_user(zone);

    if (user->lock_depth == 0 && zone->is_contended
        && !accept_lock(&zone->shared->user_lock, pthread_mutex_trylock(&zone->shared->user_lock))) {
        return 0;
    }
    user->lock_depth++;
    lfm_zone_open(zone);
    return 1;
}

void lfm_zone_open_lock(lfm_zone_t *zone) {
    lfm_user(zone)->lock_depth = 0;
    lfm_zone_close(zone);
    if (zone->is_contended) {
        (void) pthread_mutex_unlock(&zone->shared->user_lock);
        lfm_schedule_unblock();
    }
}

void lfm_zone_unlock(lfm_zone_t *zone) {
    lfm_zone_user_t *user = lfm_user(zone);

    if (user->lock_depth == 0) {
        lfm_log_shm(user->log, NGX_LINK_FUNC_MOCK_ALERT, lf_cstr(LF_MESSAGE_LOCK_NOT_HELD));
        lfm_find(user->findings, NGX_LINK_FUNC_MOCK_CODE_LOCK_NOT_HELD_UNLOCK, lfm_at,
                 LF_MESSAGE_LOCK_NOT_HELD);
        return;
    }
    if (--user->lock_depth == 0) {
        lfm_zone_open_lock(zone);
    }
}
