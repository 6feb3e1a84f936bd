#ifndef MOCK_STACK_H
#define MOCK_STACK_H

/* Whether the address is in a frame of this thread that has not returned. */
int lfm_is_on_stack(const void *address);

#endif
