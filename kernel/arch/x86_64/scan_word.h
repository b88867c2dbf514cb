/*
 * Looking through page tables (scan_word.S).
 */
#ifndef LWD_ARCH_SCAN_WORD_H
#define LWD_ARCH_SCAN_WORD_H

#include "arch/x86_64/pte.h"

/*
 * A bit for each of 64 entries, aligned to 16 bytes, that has any of `bits`, which are below bit 7: PTE_PRESENT, _ACCESSED,
 * _DIRTY. Loses vector registers, as any function may: not for page faults.
 */
uint64_t scan_word(const pte_t *entries, pte_t bits);

#endif
