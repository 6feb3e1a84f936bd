/* What a call does with blocks, and what is to be looked at once it is over. */

#include "mock_zone_state.h"

#include <string.h>

#include "mock_memory.h"
#include "mock_state.h"

static lfm_shm_block_t *find_live(lfm_zone_t *zone, const void *data) {
    lfm_shm_block_t *block = data == NULL ? NULL : lfm_arena_find(&zone->shared->arena, data);

    return block == NULL || block->state != LFM_SHM_LIVE ? NULL : block;
}

static void keep_key(lfm_shm_block_t *block, const char *key) {
    size_t len = strnlen(key, LFM_KEY_KEPT);

    memcpy(block->key, key, len);
    block->key[len] = '\0';
}

void lfm_zone_lent(lfm_zone_t *zone, const void *block) {
    lfm_zone_user_t *user = lfm_user(zone);
    lfm_touch_t *touch;

    if (block == NULL || user->is_foreign
        || (user->touched_count > 0 && user->touched[user->touched_count - 1].data == block)) {
        return;
    }
    user->touched = lfm_grow(user->touched, sizeof(*touch), user->touched_count, &user->touched_capacity);
    touch = &user->touched[user->touched_count++];
    touch->data = block;
    touch->at = lfm_at;
}

void lfm_zone_gave(lfm_zone_t *zone, const void *data, size_t size, const char *key) {
    lfm_shm_block_t *block;

    if (data == NULL) {
        return;
    }
    lfm_zone_enter_store(zone);
    block = find_live(zone, data);
    if (block != NULL) {
        block->kind = key == NULL ? LFM_SHM_ALLOC : LFM_SHM_VALUE;
        lfm_arena_trim(&zone->shared->arena, block, size);
        if (key != NULL) {
            keep_key(block, key);
        }
    }
    lfm_zone_leave_store(zone);
    lfm_zone_lent(zone, data);
}

void lfm_zone_removed(lfm_zone_t *zone, const void *data) {
    lfm_shm_block_t *block;

    if (data == NULL) {
        return;
    }
    lfm_zone_enter_store(zone);
    block = find_live(zone, data);
    if (block != NULL) {
        block->flags &= (uint8_t) ~LFM_SHM_PUT;
        block->freed_at = block->kind == LFM_SHM_VALUE ? lfm_at : NULL;
    }
    lfm_zone_leave_store(zone);
    lfm_zone_lent(zone, data);
}

int lfm_zone_giving(lfm_zone_t *zone, const void *data) {
    lfm_shm_block_t *block;
    int is_again;

    lfm_zone_enter_store(zone);
    block = find_live(zone, data);
    is_again = block != NULL && (block->flags & LFM_SHM_GIVEN) != 0;
    if (is_again) {
        lfm_zone_tell_wrong_free(zone, block, data);
    } else if (block != NULL && block->freed_at != NULL) {
        block->flags |= LFM_SHM_GIVEN;
        block->freed_at = lfm_at;
    }
    lfm_zone_leave_store(zone);
    lfm_user(zone)->giving = is_again ? NULL : data;
    return !is_again;
}

void lfm_zone_given(lfm_zone_t *zone) {
    lfm_user(zone)->giving = NULL;
}

/*
 * The end of a call
 */

/* Most touches are the last of their call, and many calls touch one block. */
static void check_touched(lfm_zone_t *zone, lfm_zone_user_t *user) {
    size_t i;

    lfm_zone_enter_store(zone);
    for (i = 0; i < user->touched_count; i++) {
        lfm_shm_block_t *block = find_live(zone, user->touched[i].data);

        if (block != NULL) {
            lfm_zone_check_damage(zone, block, user->touched[i].at);
            lfm_zone_check_pointers(zone, block, user->touched[i].at);
        }
    }
    lfm_zone_check_recent(zone);
    lfm_zone_leave_store(zone);
    user->touched_count = 0;
}

int lfm_zone_leave(lfm_zone_t *zone) {
    lfm_zone_user_t *user;
    int held;

    if (zone == NULL) {
        return 0;
    }
    user = lfm_user(zone);
    held = user->lock_depth > 0;
    lfm_zone_end(zone);
    if (lfm_zone_has_foreign(zone) && lfm_zone_user == NULL) {
        lfm_zone_take_over(zone);
    }
    if (user->touched_count > 0) {
        check_touched(zone, user);
    }
    if (user->call.generation != 0) {
        lf_call_leave(&user->call);
    }
    if (held) {
        lfm_zone_open_lock(zone);
    }
    return held;
}

void lfm_zone_end_worker(lfm_zone_t *zone) {
    if (zone != NULL) {
        lfm_zone_enter_store(zone);
        lfm_zone_check_all(zone);
        lfm_zone_leave_store(zone);
    }
}
