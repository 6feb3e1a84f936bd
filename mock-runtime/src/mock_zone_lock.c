/* The lock of the store, which the API takes, and the one that handlers take.  A
 * thread that is alone in its process, and that with the zone, does not need the
 * first. */

#include "mock_zone_state.h"

#include <errno.h>
#include <sched.h>
#if __has_include(<sys/single_threaded.h>)
#include <sys/single_threaded.h>
#endif

#include "lf_message.h"
#include "mock_blocking.h"
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

/* A handler library may start threads at any time, but not while it calls the API. */
static int is_alone(const lfm_zone_t *zone) {
#if __has_include(<sys/single_threaded.h>)
    return __libc_single_threaded && !zone->is_contended;
#else
    (void) zone;
    return 0;
#endif
}

void lfm_zone_enter_store(lfm_zone_t *zone) {
    lfm_zone_user_t *user = lfm_user(zone);

    if (!is_alone(zone)) {
        pthread_mutex_t *mutex = &zone->shared->store_lock;

        (void) accept_lock(mutex, lfm_lock(mutex));
        user->has_store = 1;
    }
    lfm_zone_open(zone);
}

void lfm_zone_leave_store(lfm_zone_t *zone) {
    lfm_zone_user_t *user = lfm_user(zone);

    lfm_zone_close(zone);
    if (user->is_foreign) {
        lfm_zone_hand_over(zone);
    }
    if (user->has_store) {
        user->has_store = 0;
        (void) pthread_mutex_unlock(&zone->shared->store_lock);
    }
}

/* By a schedule nobody runs while he waits; but a thread that knows none may have
 * the lock, and then nobody would tell when it is open. */
static void wait_for_turn(const lfm_zone_t *zone) {
    if (__atomic_load_n(&zone->shared->has_foreign, __ATOMIC_RELAXED)) {
        (void) sched_yield();
        lfm_schedule_choose();
        return;
    }
    lfm_schedule_block();
}

static void take_user_lock(const lfm_zone_t *zone) {
    pthread_mutex_t *mutex = &zone->shared->user_lock;

    if (lfm_turn.schedule == NULL) {
        (void) accept_lock(mutex, lfm_lock(mutex));
        return;
    }
    while (!accept_lock(mutex, pthread_mutex_trylock(mutex))) {
        wait_for_turn(zone);
    }
}

void lfm_zone_lock(lfm_zone_t *zone) {
    lfm_zone_user_t *user = lfm_user(zone);

    if (user->lock_depth == 0) {
        take_user_lock(zone);
    }
    user->lock_depth++;
    lfm_zone_open(zone);
}

int lfm_zone_trylock(lfm_zone_t *zone) {
    lfm_zone_user_t *user = lfm_user(zone);

    if (user->lock_depth == 0
        && !accept_lock(&zone->shared->user_lock, pthread_mutex_trylock(&zone->shared->user_lock))) {
        return 0;
    }
    user->lock_depth++;
    lfm_zone_open(zone);
    return 1;
}

void lfm_zone_open_lock(lfm_zone_t *zone) {
    lfm_zone_user_t *user = lfm_user(zone);

    user->lock_depth = 0;
    if (user->is_guarded) {
        lfm_zone_enter_store(zone);
        lfm_zone_leave_store(zone);
    }
    (void) pthread_mutex_unlock(&zone->shared->user_lock);
    lfm_schedule_unblock();
}

static void tell_not_held(lfm_zone_t *zone) {
    const lfm_zone_user_t *user = lfm_user(zone);

    lfm_zone_enter_store(zone);
    lfm_log_shm(user->log, NGX_LINK_FUNC_MOCK_ALERT, lf_cstr(LF_MESSAGE_LOCK_NOT_HELD));
    lfm_find(user->findings, NGX_LINK_FUNC_MOCK_CODE_LOCK_NOT_HELD_UNLOCK, lfm_at, LF_MESSAGE_LOCK_NOT_HELD);
    lfm_zone_leave_store(zone);
}

void lfm_zone_unlock(lfm_zone_t *zone) {
    lfm_zone_user_t *user = lfm_user(zone);

    if (user->lock_depth == 0) {
        tell_not_held(zone);
        return;
    }
    if (--user->lock_depth == 0) {
        lfm_zone_open_lock(zone);
    }
}
