/* Members of ctx and cycle that are NGINX's own structs in NGINX, or the module's:
 * whoever follows one is stopped with a message. */

#ifndef MOCK_PRIVATE_H
#define MOCK_PRIVATE_H

typedef enum {
    LFM_CTX_R,
    LFM_CTX_LOG,
    LFM_CYCLE_CYCLE,
    LFM_CYCLE_SRV_CF,
    LFM_CYCLE_LOG,
    LFM_PRIVATE_COUNT,
} lfm_private_t;

/* What stands in for the member. */
void *lfm_private(lfm_private_t member);

/* From now on they and what lfm_handle_new() gives are watched, each time that
 * faults are caught. */
void lfm_private_watch(void);

#endif
