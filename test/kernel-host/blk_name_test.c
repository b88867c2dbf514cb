/*
 * drivers/blk_name: the numbers of Xen's vbd-interface(7), and back.
 */
#include "drivers/blk_name.h"

#include <stdio.h>

#include "core/bits.h"
#include "verdict.h"

TEST(known_numbers)
{
    static const struct { const char *name; uint32_t number; } cases[] = {
        { "xvda", 51712 },     { "xvda1", 51713 },   { "xvda15", 51727 }, { "xvdb", 51728 },
        { "xvdp", 51952 },     { "xvdq", 0x10001000 }, { "xvda16", 0x10000010 }, { "xvdaa", 0x10001a00 },
        { "xvdzz3", 0x10000000 + 701 * 256 + 3 },
    };
    char name[BLK_NAME_MAX];

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        check_equal(blk_name_number(cases[i].name), cases[i].number);
        blk_number_name(cases[i].number, name);
        check_text(name, cases[i].name);
    }
}

TEST(what_is_no_name)
{
    static const char *const names[] = {
        "", "xvd", "xvda0", "xvda01", "xvda256", "xvda99999999999", "xvdaaa", "xvdA", "xvda1x", "sda", "xvd1",
        "xvdzzzzzzzzzzzzzzzzzzzzzzzzz",
    };

    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        check_equal(blk_name_number(names[i]), 0);
}

TEST(any_number_has_a_name_that_fits)
{
    for (int i = 0; i < 100000; i++) {
        uint32_t number = (uint32_t)(random_bits() >> random_below(33));
        char *name = exact_copy(NULL, BLK_NAME_MAX);

        blk_number_name(number, name);
        /* The extended form has a number for small disks too, but theirs is the other. */
        if (name[0] && (number >> 28 == 0 || (number & 0xfffffff) >> 8 >= 16 || (number & 0xff) >= 16))
            check_equal(blk_name_number(name), number);
    }
}
