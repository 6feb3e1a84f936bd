/* Workers and threads that run one at a time: at each call of the API a number
 * that follows from a seed decides who goes on. */

#ifndef MOCK_SCHEDULE_H
#define MOCK_SCHEDULE_H

#include <stddef.h>
#include <stdint.h>

/* Of so many workers at a time. */
#define LFM_WORKERS_MAX 256

typedef struct lfm_schedule_s lfm_schedule_t;

/* Whose turn this thread can have; NULL: it runs when it likes. */
typedef struct {
    lfm_schedule_t *schedule;
    size_t number;
    void (*taken)(void *data); /* is told each time that it has it again; may be NULL */
    void *data;
} lfm_turn_t;

extern __thread lfm_turn_t lfm_turn __attribute__((tls_model("initial-exec"), visibility("hidden")));

/* In memory that processes forked from this one share. */
lfm_schedule_t *lfm_schedule_new(uint64_t seed, size_t count);
void lfm_schedule_free(lfm_schedule_t *schedule);

/* Once all have been started: somebody goes on. */
void lfm_schedule_start(lfm_schedule_t *schedule);

/* A worker begins, and waits for its turn; and it ends. */
void lfm_schedule_enter(lfm_schedule_t *schedule, size_t number);
void lfm_schedule_leave(void);

/* A worker is gone, with or without having ended. */
void lfm_schedule_gone(lfm_schedule_t *schedule, size_t number);

/* The slow part of lfm_schedule_point. */
void lfm_schedule_choose(void);

/* Somebody else goes on, if it is so decided. */
static inline void lfm_schedule_point(void) {
    if (__builtin_expect(lfm_turn.schedule != NULL, 0)) {
        lfm_schedule_choose();
    }
}

/* Somebody else has what this one waits for, and all who wait may try again. */
void lfm_schedule_block(void);
void lfm_schedule_unblock(void);

#endif
