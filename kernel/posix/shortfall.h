/*
 * What a call does not do, said beside its body: `lwd build --posix-report` lists those that the linked program can reach
 * (src/toolchain/shortfall.ts reads them from a section that is not loaded). Function and note stand and fall together.
 */
#ifndef LWD_POSIX_SHORTFALL_H
#define LWD_POSIX_SHORTFALL_H

/* The call is always refused with `error`, whatever it is given. */
#define POSIX_REFUSED(name, error, why) POSIX_SHORTFALL(name, #error, why)

/* The call changes nothing: asked for what is so already it succeeds, else it is refused with `error`. */
#define POSIX_FIXED(name, error, why) POSIX_SHORTFALL(name, #error, why)

/* The call succeeds without doing, or knowing, what it says. */
#define POSIX_FAKED(name, why) POSIX_SHORTFALL(name, "fake", why)

/*
 * Neither inlined nor looked into: an optimiser of the whole image knows the answer and would leave the call out, and with it
 * who asks.
 */
#define POSIX_SHORTFALL(name, kind, why)                                    \
    extern __typeof__(name) name __attribute__((noinline, optnone));        \
    __asm__(".pushsection .lwd.posix,\"\",@progbits\n"                      \
            "\t.asciz \"" #name "\", \"" kind "\", \"" why "\"\n"           \
            "\t.popsection")

#endif
