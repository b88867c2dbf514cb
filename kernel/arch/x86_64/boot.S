/*
 * What the image tells the domain builder, whichever way it then enters, and what both ways share: the hypercall page and
 * the stack of the first instructions.
 */
#define __ASSEMBLY__
#include <xen/elfnote.h>

#include "arch/x86_64/entry.h"
#include "arch/x86_64/layout.h"

        NOTE XEN_ELFNOTE_GUEST_OS,       .asciz "lwd"
        /*
         * 1: knows the process channel (drivers/process_channel.h); 2: also waits for a command line
         * (posix/process/process.c); 3: and knows its stream (posix/file/file_stream.c).
         */
        NOTE XEN_ELFNOTE_GUEST_VERSION,  .asciz "3"
        NOTE XEN_ELFNOTE_XEN_VERSION,    .asciz "xen-3.0"
        NOTE XEN_ELFNOTE_LOADER,         .asciz "generic"
        NOTE XEN_ELFNOTE_FEATURES,       .asciz "!writable_page_tables|pae_pgdir_above_4gb"
        NOTE XEN_ELFNOTE_VIRT_BASE,      .quad DIRECT_BASE
        NOTE XEN_ELFNOTE_PADDR_OFFSET,   .quad 0
        NOTE XEN_ELFNOTE_ENTRY,          .quad pv_entry
        NOTE XEN_ELFNOTE_HYPERCALL_PAGE, .quad hypercall_page
        NOTE XEN_ELFNOTE_PHYS32_ENTRY,   .long pvh_entry - DIRECT_BASE

/* Filled in by the builder for PV, and at the domain's own request for PVH. */
        .section .hypercall_page, "ax", @nobits
        .globl  hypercall_page
hypercall_page:
        .skip   PAGE_SIZE

        .bss
        .p2align 4
        .skip   16384
        .globl  boot_stack_top
boot_stack_top:

        .section .note.GNU-stack, "", @progbits
