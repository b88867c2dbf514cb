/*
 * Rounding and exceptions of floating point by System V's names (<ieeefp.h>), in the control word of the vector unit.
 */
#include <ieeefp.h>

#include <stdint.h>

/* MXCSR: exceptions that happened, those that are masked, the direction of rounding. */
#define FLAGS 0x003fu
#define MASK_SHIFT 7
#define ROUND_SHIFT 13

static uint32_t read_control(void)
{
    uint32_t control;

    __asm__ volatile("stmxcsr %0" : "=m"(control));
    return control;
}

static void write_control(uint32_t control)
{
    __asm__ volatile("ldmxcsr %0" : : "m"(control));
}

/* The header's bits and the processor's. */
static const struct {
    fp_except header;
    uint32_t processor;
} exceptions[] = {
    { FP_X_INV, 0x01 }, { FP_X_DX, 0x04 }, { FP_X_OFL, 0x08 }, { FP_X_UFL, 0x10 }, { FP_X_IMP, 0x20 },
};

static fp_except from_processor(uint32_t bits)
{
    fp_except found = 0;

    for (unsigned i = 0; i < sizeof exceptions / sizeof *exceptions; i++)
        found |= bits & exceptions[i].processor ? exceptions[i].header : 0;
    return found;
}

static uint32_t to_processor(fp_except wanted)
{
    uint32_t bits = 0;

    for (unsigned i = 0; i < sizeof exceptions / sizeof *exceptions; i++)
        bits |= wanted & exceptions[i].header ? exceptions[i].processor : 0;
    return bits;
}

fp_rnd fpgetround(void)
{
    return (fp_rnd)(read_control() >> ROUND_SHIFT & 3);
}

fp_rnd fpsetround(fp_rnd direction)
{
    uint32_t control = read_control();

    write_control((control & ~(3u << ROUND_SHIFT)) | ((uint32_t)direction & 3) << ROUND_SHIFT);
    return (fp_rnd)(control >> ROUND_SHIFT & 3);
}

/* Exceptions that trap: those that are not masked. */
fp_except fpgetmask(void)
{
    return from_processor(~(read_control() >> MASK_SHIFT) & FLAGS);
}

fp_except fpsetmask(fp_except trapped)
{
    uint32_t control = read_control();

    write_control((control & ~(FLAGS << MASK_SHIFT)) | (~to_processor(trapped) & FLAGS) << MASK_SHIFT);
    return from_processor(~(control >> MASK_SHIFT) & FLAGS);
}

fp_except fpgetsticky(void)
{
    return from_processor(read_control() & FLAGS);
}

fp_except fpsetsticky(fp_except happened)
{
    uint32_t control = read_control();

    write_control((control & ~FLAGS) | to_processor(happened));
    return from_processor(control & FLAGS);
}

/* C's conversions to whole numbers always go towards zero. */
fp_rdi fpgetroundtoi(void)
{
    return FP_RDI_TOZ;
}

fp_rdi fpsetroundtoi(fp_rdi wanted)
{
    (void)wanted;
    return FP_RDI_TOZ;
}
