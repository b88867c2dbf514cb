/*
 * Looking through page tables (scan_words.S).
 */
#ifndef LWD_ARCH_SCAN_WORDS_H
#define LWD_ARCH_SCAN_WORDS_H

#include <stddef.h>

#include "arch/x86_64/pte.h"

/*
 * A bit for each of `words` times 64 entries, aligned to 16 bytes, that has any of `bits`, which are below bit 7: PTE_PRESENT,
 * _ACCESSED, _DIRTY. Loses vector registers, as any function may: not for page faults.
 */
void scan_words(const pte_t *entries, size_t words, pte_t bits, uint64_t *found);

#endif
