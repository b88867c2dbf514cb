/**
 * What the embedded host is made of: pure. An image (Xen, Linux, dom0's initramfs) comes from Debian packages; a machine
 * is the way that QEMU runs an image. Each has a key, so that what was built once is found again and a change here makes
 * a new one.
 */
import { createHash } from 'node:crypto';

export const embeddedVariants = ['embedded', 'embedded-icount'] as const;
export type EmbeddedVariant = (typeof embeddedVariants)[number];
export type Accelerator = 'tcg' | 'kvm';

export const imageRecipe = {
  /** Counted up when the way of building changes in a manner that the rest of the recipe does not show. */
  revision: 1,
  suite: 'trixie',
  packages: [
    'xen-hypervisor-4.20-amd64',
    'xen-utils-4.20',
    'xenstore-utils',
    'linux-image-amd64',
    'dropbear-bin',
    'busybox-static',
    'dash',
    'klibc-utils',
    'coreutils',
    'libgcc-s1',
    'kmod',
    'tar',
  ],
  /** Programs to copy with the libraries that they need: where they are in the packages, and where they go. */
  programs: {
    'usr/lib/xen-4.20/bin/xl': 'usr/sbin/xl',
    'usr/lib/xen-4.20/bin/xenstored': 'usr/sbin/xenstored',
    'usr/lib/xen-4.20/bin/xenconsoled': 'usr/sbin/xenconsoled',
    'usr/lib/xen-4.20/bin/xen-init-dom0': 'usr/sbin/xen-init-dom0',
    'usr/lib/xen-4.20/bin/xenctx': 'usr/sbin/xenctx',
    'usr/lib/xen-4.20/bin/xenconsole': 'usr/lib/xen-4.20/bin/xenconsole',
    'usr/lib/xen-4.20/bin/libxl-save-helper': 'usr/lib/xen-4.20/bin/libxl-save-helper',
    'usr/lib/xen-4.20/bin/lsevtchn': 'usr/sbin/lsevtchn',
    'usr/lib/xen-4.20/bin/xenstore-control': 'usr/sbin/xenstore-control',
    'usr/bin/xenstore': 'usr/bin/xenstore',
    'usr/sbin/dropbear': 'usr/sbin/dropbear',
    'usr/bin/dash': 'usr/bin/sh',
    // root's login shell: a dash that starts in half the time, since every round trip starts one. It knows no ulimit and
    // no name for `trap … 0`, so it is not /bin/sh.
    'usr/lib/klibc/bin/sh': 'usr/lib/klibc/bin/sh',
    'usr/bin/busybox': 'usr/bin/busybox',
    // Busybox's knows no holes.
    'usr/bin/tar': 'usr/bin/tar',
    ...Object.fromEntries(
      // Busybox has all of these; those that a round trip pays for, or whose options scripts count on, are the real ones.
      'cat tail head date mv rm mkdir mktemp stat ls wc sleep env cp ln chmod touch readlink dd tr'
        .split(' ')
        .map((name) => [`usr/bin/${name}`, `usr/bin/${name}`]),
    ),
  } as Record<string, string>,
  /** Files that programs load without saying so beforehand: with libgcc_s, glibc ends threads (xl's, when it exits). */
  extras: ['usr/lib/x86_64-linux-gnu/libgcc_s.so.1'],
  /** Further names of a program: link → target. */
  links: {
    ...Object.fromEntries(
      'read write list ls rm exists chmod watch'.split(' ').map((verb) => [`usr/bin/xenstore-${verb}`, 'xenstore']),
    ),
  } as Record<string, string>,
  /** Kernel modules that dom0 loads at its start, dependencies not named. */
  modules: [
    'xen-evtchn',
    'xen-gntdev',
    'xen-gntalloc',
    'xen-privcmd',
    'xenfs',
    'xen-blkback',
    'xen-netback',
    'bridge',
    'loop',
    'tun',
    'virtio_pci',
    'virtio_net',
    'virtio-rng',
  ],
  /** Modules that a Linux domain on the same kernel needs for Xen's devices; kept beside the kernel, for benchmarks. */
  guestModules: ['xen-blkfront', 'xen-netfront', '9pnet_xen', '9p'],
};

export interface MachineRecipe {
  variant: EmbeddedVariant;
  accelerator: Accelerator;
  /** QEMU's version as it says it itself; a saved state is only read by the version that wrote it. */
  qemu: string;
  /** MiB of the whole machine, and of it for dom0; domains get the rest (Xen itself takes some 100). */
  memory: number;
  dom0Memory: number;
  cpus: number;
}

export const defaultMemory = 4096;
export const dom0Memory = 1024;

export function machineRecipe(
  variant: EmbeddedVariant,
  found: { accelerator: Accelerator; qemu: string; memory: number; cpus: number },
): MachineRecipe {
  // Virtual time is counted in the instructions of one thread, so it runs on TCG alone.
  const accelerator = variant === 'embedded-icount' ? 'tcg' : found.accelerator;
  return { variant, accelerator, qemu: found.qemu, memory: found.memory, dom0Memory, cpus: found.cpus };
}

export function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);
}

/** Key of an image: `files` are the digests of the data files in dom0/. */
export function imageKey(files: Record<string, string>): string {
  return digest([imageRecipe, files]);
}

export function machineKey(machine: MachineRecipe): string {
  return digest([machine, qemuArguments(machine)]);
}

function xenCommandLine(machine: MachineRecipe): string {
  return [
    'com1=115200,8n1 console=com1',
    `dom0_mem=${machine.dom0Memory}M,max:${machine.dom0Memory}M dom0=pv sched=credit2`,
    // QEMU's memory is zero already.
    'bootscrub=0',
    // An emulated processor has none of the faults that these guard against, and each costs on every entry into Xen. But
    // saving vector registers only once they are used loses them here: dom0's memcpy then writes what another vCPU had.
    ...(machine.accelerator === 'tcg' ? ['spec-ctrl=no,eager-fpu xpti=no'] : []),
    // One pCPU is dom0's, the other the measured domain's.
    ...(machine.variant === 'embedded-icount' ? ['pv-l1tf=no dom0_max_vcpus=1 dom0_vcpus_pin'] : []),
  ].join(' ');
}

function linuxCommandLine(machine: MachineRecipe): string {
  return [
    'console=hvc0 quiet panic=-1',
    // Without randomisation a program's translation is found again at its next start: ssh, sh and xl take half the time.
    ...(machine.accelerator === 'tcg' ? ['mitigations=off norandmaps'] : []),
    ...(machine.variant === 'embedded-icount' ? ['tsc=reliable clocksource=tsc lwd.awake'] : []),
  ].join(' ');
}

function processor(machine: MachineRecipe): string {
  if (machine.accelerator === 'kvm') return 'host';
  const features = ['max'];
  // With SMAP, QEMU before 10 faults a PV dom0 at once. RDTSCP, where intercepted, Xen cannot emulate under TCG.
  if (Number.parseInt(machine.qemu, 10) < 10) features.push('-smap');
  features.push('-rdtscp');
  if (machine.variant === 'embedded-icount') {
    // `rep stosb` would count as one instruction a byte.
    features.push('-erms', '-fsrm');
    // From 8.2 on QEMU emulates the x2APIC, whose timer it reads at a moment when virtual time may not be: it aborts.
    features.push('-x2apic');
  }
  return features.join(',');
}

function acceleration(machine: MachineRecipe): string[] {
  if (machine.accelerator === 'kvm') return ['-accel', 'kvm'];
  if (machine.variant === 'embedded') return ['-accel', 'tcg,thread=multi'];
  return ['-accel', 'tcg,thread=single', '-icount', 'shift=1,sleep=off'];
}

/**
 * QEMU's arguments, the same at the first boot and at every resume (a saved state fits no other machine). File names are
 * relative to the image's folder: QEMU splits the module list at blanks and commas, which a user's path may hold.
 */
export function qemuArguments(machine: MachineRecipe): string[] {
  return [
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot', '-machine', 'pc,vmport=off'],
    ...acceleration(machine),
    ...['-cpu', processor(machine), '-smp', String(machine.cpus), '-m', String(machine.memory)],
    ...['-kernel', 'xen', '-append', xenCommandLine(machine)],
    ...['-initrd', `vmlinuz ${linuxCommandLine(machine)},initramfs`],
    // restrict: nothing in there reaches out. Port 0: the system gives a free one, on the loopback only.
    ...['-netdev', 'user,id=net0,restrict=on,hostfwd=tcp:127.0.0.1:0-:22', '-device', 'virtio-net-pci,netdev=net0'],
    ...['-object', 'rng-random,id=rng0,filename=/dev/urandom', '-device', 'virtio-rng-pci,rng=rng0'],
    ...['-device', 'vmgenid,guid=auto'],
  ];
}
