/*
 * Crashes in the way that its argument says. The test finds function and line of each in this file: the line with the
 * comment "here: KIND" is where the report must point to.
 */
#include <assert.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crash.h"

static volatile int zero, sink;
static const char constant[] = "not to be written";
static char data[64];

NOINLINE static void crash_null_read(void)
{
    sink = *(volatile int *)(uintptr_t)zero; /* here: null-read */
}

NOINLINE static void crash_null_write(void)
{
    ((volatile char *)(uintptr_t)zero)[0x8000000] = 1; /* here: null-write */
}

NOINLINE static void crash_null_call(void)
{
    ((void (*)(void))(uintptr_t)zero)(); /* here: null-call */
    sink = 1;
}

NOINLINE static void crash_divide(void)
{
    sink = 7 / zero; /* here: divide */
}

NOINLINE static void crash_abort(void)
{
    abort(); /* here: abort */
}

NOINLINE static void crash_assert(void)
{
    assert(zero == 1); /* here: assert */
}

NOINLINE static void crash_write_text(void)
{
    *(volatile char *)(uintptr_t)crash_abort = 1; /* here: write-text */
}

NOINLINE static void crash_write_rodata(void)
{
    *(volatile char *)(uintptr_t)constant = 1; /* here: write-rodata */
}

NOINLINE static void execute(void *code)
{
    memset(code, 0xc3, 16);
    ((void (*)(void))(uintptr_t)code)(); /* here: execute */
    sink = 1;
}

NOINLINE static int overflow(volatile int *depth)
{
    volatile int frame[200];

    frame[0] = *depth;
    return overflow(frame) + frame[1]; /* here: stack-overflow */
}

NOINLINE static void crash_instruction(void)
{
    __asm__ volatile("ud2"); /* here: instruction */
}

NOINLINE static void crash_privileged(void)
{
    __asm__ volatile("hlt"); /* here: privileged */
}

NOINLINE static void crash_address(void)
{
    sink = *(volatile int *)(0x123456789abcdef0 + zero); /* here: address */
}

NOINLINE static void crash_unmapped(void)
{
    sink = *(volatile int *)(uintptr_t)(0x500000000000 + zero); /* here: unmapped */
}

NOINLINE static void crash_raise(void)
{
    raise(SIGSEGV); /* here: raise */
    sink = 1;
}

static void say_handled(int signal)
{
    printf("\nhandled %d\n", signal);
    fflush(stdout);
}

NOINLINE static void crash_handled_abort(void)
{
    signal(SIGABRT, say_handled);
    abort();
}

static const struct {
    const char *kind;
    void (*crash)(void);
} crashes[] = {
    { "null-read", crash_null_read },     { "null-write", crash_null_write },     { "null-call", crash_null_call },
    { "divide", crash_divide },           { "abort", crash_abort },               { "assert", crash_assert },
    { "write-text", crash_write_text },   { "write-rodata", crash_write_rodata }, { "instruction", crash_instruction },
    { "privileged", crash_privileged },   { "address", crash_address },           { "unmapped", crash_unmapped },
    { "raise", crash_raise },             { "handled-abort", crash_handled_abort },
    { "handler-never-maps", crash_handler_never_maps },
    { "handler-touches", crash_handler_touches },
    { "copy-without-memory", crash_copy_without_memory },
};

int main(int argc, char **argv)
{
    const char *kind = argc > 1 ? argv[1] : "";
    char stack[64];

    printf("about to crash by %s\n", kind);
    fputs("unfinished line", stdout);
    fflush(stdout);
    if (strcmp(kind, "execute-heap") == 0)
        execute(malloc(64));
    if (strcmp(kind, "execute-data") == 0)
        execute(data);
    if (strcmp(kind, "execute-stack") == 0)
        execute(stack);
    if (strcmp(kind, "stack-overflow") == 0)
        return overflow(&zero);
    for (size_t i = 0; i < sizeof crashes / sizeof *crashes; i++)
        if (strcmp(kind, crashes[i].kind) == 0)
            crashes[i].crash();
    puts("still alive");
    return 3;
}
