#include "mock_schedule.h"

#include <errno.h>
#include <semaphore.h>
#include <sys/mman.h>

#include "mock_blocking.h"
#include "mock_memory.h"

typedef enum { READY, BLOCKED, ENDED } state_t;

/* Only who has the turn touches it, or the one who starts them all while the
 * one with the turn is gone. */
struct lfm_schedule_s {
    uint64_t random;
    size_t count;
    size_t turn;
    state_t states[LFM_WORKERS_MAX];
    sem_t wakes[LFM_WORKERS_MAX];
};

#define NOBODY SIZE_MAX

__thread lfm_turn_t lfm_turn;

lfm_schedule_t *lfm_schedule_new(uint64_t seed, size_t count) {
    lfm_schedule_t *schedule =
        mmap(NULL, sizeof(*schedule), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    size_t i;

    if (schedule == MAP_FAILED) {
        lfm_out_of_memory();
    }
    schedule->random = seed;
    schedule->count = count;
    for (i = 0; i < count; i++) {
        (void) sem_init(&schedule->wakes[i], 1, 0);
    }
    return schedule;
}

void lfm_schedule_free(lfm_schedule_t *schedule) {
    if (schedule != NULL) {
        (void) munmap(schedule, sizeof(*schedule));
    }
}

/* SplitMix64: seeds that differ by one have nothing in common. */
static uint64_t next_random(lfm_schedule_t *schedule) {
    uint64_t z = schedule->random += 0x9e3779b97f4a7c15u;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static size_t choose(lfm_schedule_t *schedule) {
    size_t ready = 0, i, wanted;

    for (i = 0; i < schedule->count; i++) {
        ready += schedule->states[i] == READY;
    }
    if (ready == 0) {
        return NOBODY;
    }
    wanted = (size_t) (next_random(schedule) % ready);
    for (i = 0; wanted > 0 || schedule->states[i] != READY; i++) {
        wanted -= schedule->states[i] == READY;
    }
    return i;
}

static void hand_over(lfm_schedule_t *schedule, size_t to) {
    schedule->turn = to;
    if (to != NOBODY) {
        (void) sem_post(&schedule->wakes[to]);
    }
}

static void wait_for_turn(void) {
    long of_handler = lfm_own_wait_begin();

    while (sem_wait(&lfm_turn.schedule->wakes[lfm_turn.number]) == -1 && errno == EINTR) {
    }
    lfm_own_wait_end(of_handler);
    if (lfm_turn.taken != NULL) {
        lfm_turn.taken(lfm_turn.data);
    }
}

void lfm_schedule_start(lfm_schedule_t *schedule) {
    hand_over(schedule, choose(schedule));
}

void lfm_schedule_enter(lfm_schedule_t *schedule, size_t number) {
    lfm_turn.schedule = schedule;
    lfm_turn.number = number;
    wait_for_turn();
}

void lfm_schedule_leave(void) {
    lfm_schedule_t *schedule = lfm_turn.schedule;

    lfm_schedule_unblock();
    schedule->states[lfm_turn.number] = ENDED;
    lfm_turn.schedule = NULL;
    hand_over(schedule, choose(schedule));
}

static void unblock(lfm_schedule_t *schedule) {
    size_t i;

    for (i = 0; i < schedule->count; i++) {
        schedule->states[i] = schedule->states[i] == BLOCKED ? READY : schedule->states[i];
    }
}

void lfm_schedule_gone(lfm_schedule_t *schedule, size_t number) {
    if (schedule->states[number] == ENDED) {
        return;
    }
    schedule->states[number] = ENDED;
    unblock(schedule);
    if (schedule->turn == number || schedule->turn == NOBODY) {
        hand_over(schedule, choose(schedule));
    }
}

void lfm_schedule_choose(void) {
    size_t next = choose(lfm_turn.schedule);

    if (next != lfm_turn.number) {
        hand_over(lfm_turn.schedule, next);
        wait_for_turn();
    }
}

void lfm_schedule_block(void) {
    lfm_schedule_t *schedule = lfm_turn.schedule;

    schedule->states[lfm_turn.number] = BLOCKED;
    hand_over(schedule, choose(schedule));
    wait_for_turn();
}

void lfm_schedule_unblock(void) {
    if (lfm_turn.schedule != NULL) {
        unblock(lfm_turn.schedule);
    }
}
