#include "mock_step.h"

#include <signal.h>
#include <string.h>
#include <ucontext.h>

#if defined(__x86_64__)

#define TRAP_FLAG 0x100

/* Handlers whose writes are looked at run one at a time. */
static struct {
    void (*then)(void *data);
    void *data;
    greg_t instruction;
    struct sigaction previous;
} step;

/* One with a repeat prefix is interrupted by each round of its own. */
static void trapped(int signal, siginfo_t *info, void *context) {
    greg_t *registers = ((ucontext_t *) context)->uc_mcontext.gregs;

    (void) info;
    if (registers[REG_RIP] == step.instruction) {
        return;
    }
    registers[REG_EFL] &= ~(greg_t) TRAP_FLAG;
    (void) sigaction(signal, &step.previous, NULL);
    step.then(step.data);
}

/* The signal is the handler's own but for that instruction. */
static void take_signal(void) {
    struct sigaction action, previous;

    memset(&action, 0, sizeof(action));
    action.sa_sigaction = trapped;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    (void) sigaction(SIGTRAP, &action, &previous);
    if (previous.sa_sigaction != trapped) {
        step.previous = previous; /* else a jump has left the last instruction undone */
    }
}

int lfm_step(const lfm_fault_t *fault, void (*then)(void *data), void *data) {
    ucontext_t *context = fault->context;

    if (sigismember(&context->uc_sigmask, SIGTRAP) != 0) {
        return 0;
    }
    step.then = then;
    step.data = data;
    step.instruction = context->uc_mcontext.gregs[REG_RIP];
    take_signal();
    context->uc_mcontext.gregs[REG_EFL] |= TRAP_FLAG;
    return 1;
}

#else

int lfm_step(const lfm_fault_t *fault, void (*then)(void *data), void *data) {
    (void) fault;
    (void) then;
    (void) data;
    return 0;
}

#endif
