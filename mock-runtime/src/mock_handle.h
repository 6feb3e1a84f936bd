/* Addresses that lead nowhere, for what the mock must find again from a pointer
 * that handlers have, and may have kept for too long. */

#ifndef MOCK_HANDLE_H
#define MOCK_HANDLE_H

/* What has a handle. */
typedef enum { LFM_HANDLE_CALL, LFM_HANDLE_CYCLE } lfm_handle_kind_t;

/* No two objects get the same one.  It is in the half of the address space that
 * no process can touch. */
void *lfm_handle_new(void *object, lfm_handle_kind_t kind);

/* The object goes. */
void lfm_handle_free(const void *handle);

/* NULL when it has gone, or when this was never a handle. */
void *lfm_handle_object(const void *handle);

/* Whether it was a handle ever, and of what. */
int lfm_handle_was_given(const void *handle);
lfm_handle_kind_t lfm_handle_kind(const void *handle);

/* The handle of an address that is so near to one that it was got from it. */
const void *lfm_handle_near(const void *address);

/* Where they all are. */
const void *lfm_handles_begin(void);
const void *lfm_handles_end(void);

#endif
