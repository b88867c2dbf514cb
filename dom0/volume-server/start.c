/*
 * Where Linux enters the server: the stack holds the number of arguments, and the arguments.
 */
#include "linux.h"

int server_main(int count, char **arguments);

__attribute__((used, noreturn)) static void begin(long *stack)
{
    linux_exit(server_main((int)stack[0], (char **)(stack + 1)));
}

__asm__(".globl _start\n"
        "_start:\n"
        "    xor %ebp, %ebp\n"
        "    mov %rsp, %rdi\n"
        "    and $-16, %rsp\n"
        "    call begin\n");
