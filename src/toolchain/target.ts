/**
 * The one target: what "compiled for lwd" means. Every object of an image (newlib, kernel, application) is made with
 * `targetFlags`; mixing in objects made otherwise breaks silently, so nothing else spells these flags out.
 */
import type { BuildProfile } from '../config/model.js';

export const triple = 'x86_64-lwd-elf';

/** The LLVM release whose programs are used (Debian's packages carry it in their names). */
export const llvmRelease = 19;

/** Of the machine: ABI and code generation, for C, C++ and assembler alike. */
export const targetFlags: readonly string[] = [
  '--target=x86_64-unknown-none-elf',
  // Only the sysroot's headers and the compiler's own, never this machine's /usr/include.
  '-nostdlibinc',
  // A page fault or an event of a PV domain pushes its frame right below the stack pointer.
  '-mno-red-zone',
  '-fno-omit-frame-pointer',
  '-ffunction-sections',
  '-fdata-sections',
  '-fno-pic',
  '-mcmodel=small',
  '-ftls-model=local-exec',
  '-fno-stack-protector',
];

/** C has no exceptions to unwind for; backtraces go by frame pointers. */
export const cFlags: readonly string[] = ['-fno-asynchronous-unwind-tables', '-fno-unwind-tables'];

/** For kernel/: it runs in the application's register context, so it leaves vector registers alone. */
export const kernelFlags: readonly string[] = [
  '-std=c11',
  '-O2',
  '-g',
  '-Wall',
  '-Wextra',
  '-Werror',
  '-mgeneral-regs-only',
  // Of a function that calls none: arch/x86_64/traps.c finds its caller in a crash all the same.
  '-momit-leaf-frame-pointer',
  '-D_GNU_SOURCE',
  '-D__XEN_INTERFACE_VERSION__=__XEN_LATEST_INTERFACE_VERSION__',
];

/** What of kernel/ runs once, or seldom, or when something went wrong: compiled for its size. */
export const seldomKernelFlags: readonly string[] = ['-Oz'];
export const seldomKernelSources: readonly string[] = [
  'arch/x86_64/cpu.c',
  'arch/x86_64/pv/boot_tables.c',
  'arch/x86_64/pv/platform.c',
  'arch/x86_64/pv/reservation.c',
  'arch/x86_64/pv/start.c',
  'arch/x86_64/pv/traps.c',
  'arch/x86_64/pvh/boot_tables.c',
  'arch/x86_64/pvh/pagetable.c',
  'arch/x86_64/pvh/platform.c',
  'arch/x86_64/pvh/reservation.c',
  'arch/x86_64/pvh/start.c',
  'arch/x86_64/pvh/traps.c',
  'core/format.c',
  'core/panic.c',
  'drivers/balloon.c',
  'drivers/balloon_target.c',
  'drivers/console.c',
  'drivers/process_channel.c',
  'drivers/process_stream.c',
  'mm/reservation.c',
  'mm/stack.c',
  'posix/process/command_line.c',
  'posix/path/cpio.c',
  'posix/file/file_console.c',
  'posix/file/file_process.c',
  'posix/path/file_root.c',
  'posix/file/file_stream.c',
  'posix/process/process.c',
  'sched/deadlock.c',
  'xen/gnttab.c',
  'drivers/xenstore.c',
  'drivers/xenstore_wire.c',
].map((path) => `kernel/${path}`);

/**
 * For whatever is not lwd's own: what tells a program where it is. The kernel offers POSIX, which is what __unix__ is asked for.
 */
export const applicationFlags: readonly string[] = ['-D__lwd__=1', '-D__unix__=1', '-D__unix=1'];

/** For an application's sources, ahead of its own `build.flags`. */
export const profileFlags: Record<BuildProfile, readonly string[]> = {
  debug: ['-Og', '-g'],
  release: ['-O2', '-g'],
  lto: ['-O2', '-g', '-flto'],
};

/** Kernel and newlib come in two forms: as machine code, or as bitcode for link-time optimisation of the whole image. */
export function wholeImageLto(profile: BuildProfile): boolean {
  return profile === 'lto';
}

export const linkFlags: readonly string[] = [
  '-static',
  '-nostdlib',
  '--gc-sections',
  '--build-id=none',
  // As GNU ld has it, for which programs are written: whoever names a section's bounds keeps the section.
  '-z',
  'nostart-stop-gc',
  '-z',
  'noexecstack',
  // Xen copies the image to where its addresses say: the file needs no room between its parts.
  '--nmagic',
];

/** What every image is linked with, in one group: kernel and C library call each other. liblwd's own symbols win. */
export const linkLibraries: readonly string[] = [
  '--start-group',
  '-llwd',
  '-lc',
  '-lm',
  '-llwip',
  '-lclang_rt.builtins',
  '--end-group',
];
