/*
 * Exceptions and events of a PVH domain: the tables that the processor and Xen are given, and the way from the entry code
 * to the common part.
 */
#include "arch/x86_64/pvh/pvh.h"

#include <xen/hvm/hvm_op.h>
#include <xen/hvm/params.h>

#include "arch/x86_64/hypercall.h"
#include "arch/x86_64/pvh/vectors.h"
#include "arch/x86_64/traps.h"
#include "core/bits.h"
#include "core/panic.h"

#define GATE_INTERRUPT 0x8e00
#define DESCRIPTOR_TASK 0x8900
/* Exceptions come on the stack of what they interrupt, but for the one that says that there is no stack. */
#define DOUBLE_FAULT_STACK 1

struct gate {
    uint16_t offset_low, selector, type_and_stack, offset_middle;
    uint32_t offset_high, zero;
} __attribute__((packed));

struct task_state {
    uint32_t zero;
    uint64_t privileged_stacks[3];
    uint64_t zero2;
    uint64_t stacks[7];
    uint64_t zero3;
    uint16_t zero4, io_permissions;
} __attribute__((packed));

struct table_pointer {
    uint16_t limit;
    uint64_t base;
} __attribute__((packed));

/* Made by entry.S; the image lies below 4 GiB. */
extern const struct pvh_entry {
    uint32_t address, vector;
} pvh_entries[];

extern uint64_t pvh_descriptors[5];

static struct gate gates[PVH_VECTORS];
static struct task_state task = { .io_permissions = sizeof task };
static _Alignas(16) char double_fault_stack[8192];

static void set_gate(unsigned vector, uint32_t offset)
{
    unsigned stack = vector == TRAP_DOUBLE_FAULT ? DOUBLE_FAULT_STACK : 0;

    gates[vector] = (struct gate){
        .offset_low = (uint16_t)offset,
        .selector = PVH_CODE,
        .type_and_stack = (uint16_t)(GATE_INTERRUPT | stack),
        .offset_middle = (uint16_t)(offset >> 16),
    };
}

static void load_task(void)
{
    uint64_t base = (uintptr_t)&task;

    task.stacks[DOUBLE_FAULT_STACK - 1] = (uintptr_t)(double_fault_stack + sizeof double_fault_stack);
    pvh_descriptors[PVH_TASK / 8] = (sizeof task - 1) | (base & 0xffffff) << 16 | (uint64_t)DESCRIPTOR_TASK << 32
                                  | (base >> 24 & 0xff) << 56;
    pvh_descriptors[PVH_TASK / 8 + 1] = base >> 32;
    struct table_pointer pointer = { sizeof pvh_descriptors - 1, (uintptr_t)pvh_descriptors };

    __asm__ volatile("lgdt %0; ltr %w1" : : "m"(pointer), "r"(PVH_TASK));
}

static void ask_for_events(void)
{
    struct xen_hvm_param param = {
        .domid = DOMID_SELF,
        .index = HVM_PARAM_CALLBACK_IRQ,
        .value = (uint64_t)HVM_PARAM_CALLBACK_TYPE_VECTOR << 56 | PVH_EVENT_VECTOR,
    };
    long result = hypercall2(__HYPERVISOR_hvm_op, HVMOP_set_param, HYPERCALL_ARG(&param));

    panic_if(result, "Xen refused the event callback (error %ld)", result);
}

void pvh_traps_init(void)
{
    for (const struct pvh_entry *entry = pvh_entries; entry->address; entry++)
        set_gate(entry->vector, entry->address);
    load_task();
    struct table_pointer pointer = { sizeof gates - 1, (uintptr_t)gates };

    __asm__ volatile("lidt %0" : : "m"(pointer));
    ask_for_events();
}

/* Called by the entry code. */
void pvh_trap(struct trap_frame *frame);
void pvh_trap(struct trap_frame *frame)
{
    uintptr_t address;

    __asm__ volatile("mov %%cr2, %0" : "=r"(address));
    /* The processor found no place for a page fault's frame: the stack is full. */
    if (frame->vector == TRAP_DOUBLE_FAULT && address >= STACK_BASE && address < STACK_END) {
        frame->vector = TRAP_PAGE_FAULT;
        frame->error = FAULT_WRITE;
    }
    trap_handle(frame, address);
}
