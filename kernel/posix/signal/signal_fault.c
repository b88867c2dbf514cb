/*
 * Faults as signals. The handler runs within the exception, on the stack of what faulted, with the vector registers kept
 * for it to return; returning tries the instruction again, with the registers as the handler left them.
 */
#include <string.h>

#include "arch/x86_64/cpu.h"
#include "core/panic.h"
#include "posix/signal/signals.h"

_Static_assert(CRASH_ILL == SIGILL && CRASH_TRAP == SIGTRAP && CRASH_ABORT == SIGABRT && CRASH_BUS == SIGBUS &&
                   CRASH_FPE == SIGFPE && CRASH_SEGV == SIGSEGV,
               "a crash has the number of its signal");

/* From the exceptions' flags of x87 or SSE, those that are not masked. */
static int arithmetic_code(uint32_t flags)
{
    static const struct {
        uint32_t flag;
        int code;
    } codes[] = {
        { 1, FPE_FLTINV }, { 4, FPE_FLTDIV }, { 8, FPE_FLTOVF }, { 16, FPE_FLTUND }, { 32, FPE_FLTRES },
        { 2, FPE_FLTUND },
    };

    for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
        if (flags & codes[i].flag)
            return codes[i].code;
    return FPE_FLTINV;
}

static void describe(siginfo_t *info, int signal, const struct trap_frame *frame, uintptr_t address)
{
    memset(info, 0, sizeof *info);
    info->si_signo = signal;
    info->si_addr = (void *)frame->rip;
    switch (frame->vector) {
    case TRAP_PAGE_FAULT:
        info->si_addr = (void *)address;
        info->si_code = frame->error & FAULT_PRESENT ? SEGV_ACCERR : SEGV_MAPERR;
        break;
    case TRAP_DIVIDE:
        info->si_code = FPE_INTDIV;
        break;
    case TRAP_SIMD:
        info->si_code = arithmetic_code(cpu_unmasked_sse());
        break;
    case TRAP_X87:
        info->si_code = arithmetic_code(cpu_unmasked_x87());
        break;
    case TRAP_INVALID_OPCODE:
        info->si_code = ILL_ILLOPN;
        break;
    case TRAP_ALIGNMENT:
        info->si_code = BUS_ADRALN;
        break;
    case TRAP_BREAKPOINT:
        info->si_code = SI_KERNEL;
        break;
    case TRAP_DEBUG:
        info->si_code = TRAP_TRACE;
        break;
    default:
        info->si_code = SI_KERNEL;
        info->si_addr = NULL;
    }
}

/* The registers by Linux's numbers, in the order of the frame's members. */
static const unsigned char order[] = {
    REG_R15, REG_R14, REG_R13, REG_R12, REG_R11, REG_R10, REG_R9, REG_R8,
    REG_RBP, REG_RDI, REG_RSI, REG_RDX, REG_RCX, REG_RBX, REG_RAX,
};

static void show_registers(gregset_t registers, const struct trap_frame *frame, uintptr_t address)
{
    const uint64_t *saved = &frame->r15;

    for (size_t i = 0; i < ARRAY_SIZE(order); i++)
        registers[order[i]] = (greg_t)saved[i];
    registers[REG_RIP] = (greg_t)frame->rip;
    registers[REG_RSP] = (greg_t)frame->rsp;
    registers[REG_EFL] = (greg_t)frame->rflags;
    registers[REG_ERR] = (greg_t)frame->error;
    registers[REG_TRAPNO] = (greg_t)frame->vector;
    registers[REG_CR2] = (greg_t)address;
}

/* The flags of arithmetic and of single steps, and the direction: what a program may set. */
#define FLAGS_SETTABLE 0x50dd5UL

static void take_registers(struct trap_frame *frame, const gregset_t registers)
{
    uint64_t *saved = &frame->r15;

    for (size_t i = 0; i < ARRAY_SIZE(order); i++)
        saved[i] = (uint64_t)registers[order[i]];
    frame->rip = (uint64_t)registers[REG_RIP];
    frame->rsp = (uint64_t)registers[REG_RSP];
    frame->rflags = (frame->rflags & ~FLAGS_SETTABLE) | ((uint64_t)registers[REG_EFL] & FLAGS_SETTABLE);
}

/*
 * Is the exception on a stack of the program's? One that ran out of its stack is on none that a handler could use.
 */
static bool is_on_stack(const struct trap_frame *frame)
{
    const stack_t *alternate = &signal_thread.alternate;
    const struct stack *stack = &thread_self()->stack;
    uintptr_t here = (uintptr_t)frame;

    return (here >= stack->low && here < stack->high) ||
           (alternate->ss_sp && here - (uintptr_t)alternate->ss_sp < alternate->ss_size);
}

/* A fault that nobody handles, or that came while its signal was blocked, which is then no use to anybody: a crash. */
static bool is_handled(const struct trap_frame *frame, int signal)
{
    _sig_func_ptr handler = signal_actions[signal].sa_handler;

    return is_on_stack(frame) && handler != SIG_DFL && handler != SIG_IGN && !(signal_thread.blocked & SIGNAL_BIT(signal));
}

static bool handle_fault(struct trap_frame *frame, int signal, uintptr_t address)
{
    if (!is_handled(frame, signal))
        return false;
    char vectors[cpu_vector_state_size + CPU_VECTOR_ALIGNMENT];
    void *area = (void *)ALIGN_UP((uintptr_t)vectors, CPU_VECTOR_ALIGNMENT);
    siginfo_t info;

    describe(&info, signal, frame, address);
    cpu_save_vectors(area);
    /* Not before: to clear so much is a call of memset(), which uses vector registers. */
    ucontext_t context = { .uc_mcontext.fpregs = area };

    show_registers(context.uc_mcontext.gregs, frame, address);
    signal_handle(signal, &info, &context);
    cpu_restore_vectors(area);
    take_registers(frame, context.uc_mcontext.gregs);
    return true;
}

void signal_catch_faults(void)
{
    trap_signal = handle_fault;
}
