/* Whom to blame for a signal: the code that was running, or the one that called
 * the function of libc or of the mock that it was in. */

#ifndef MOCK_FRAME_H
#define MOCK_FRAME_H

/* Before the first signal: what is not async-signal-safe is done here. */
void lfm_frame_prepare(void);

/* The address within the instruction.  `context` is what the signal handler got
 * as its third argument. */
const void *lfm_frame_of_signal(const void *context);

/* The call that led to `at`, from outside of the object that this is in. */
const void *lfm_frame_outside(const void *at);

/* Whether the signal has interrupted the sanitizer itself. */
int lfm_frame_is_in_sanitizer(const void *context);

#endif
