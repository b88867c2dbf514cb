import { describe, expect, it } from 'vitest';
import { imageKey, machineKey, machineRecipe, qemuArguments } from '../../../../src/host/embedded/recipe.js';

const found = { accelerator: 'tcg', qemu: '7.2.22', memory: 4096, cpus: 2 } as const;
const plain = machineRecipe('embedded', found);
const virtual = machineRecipe('embedded-icount', found);

function option(machine: Parameters<typeof qemuArguments>[0], name: string): string {
  const args = qemuArguments(machine);
  return args[args.indexOf(name) + 1] ?? '';
}

describe('keys', () => {
  it('change with everything that a saved state depends on', () => {
    const others = [
      virtual,
      machineRecipe('embedded', { ...found, accelerator: 'kvm' }),
      machineRecipe('embedded', { ...found, qemu: '7.2.23' }),
      machineRecipe('embedded', { ...found, memory: 2048 }),
      machineRecipe('embedded', { ...found, cpus: 1 }),
    ];
    expect(new Set([plain, ...others].map(machineKey)).size).toBe(others.length + 1);
    expect(machineKey(machineRecipe('embedded', { ...found }))).toBe(machineKey(plain));
  });

  it('of an image change with the files in it', () => {
    expect(imageKey({ init: 'a' })).not.toBe(imageKey({ init: 'b' }));
    expect(imageKey({ init: 'a' })).toBe(imageKey({ init: 'a' }));
  });
});

describe('the QEMU line', () => {
  it('listens on the loopback only, and lets nothing out', () => {
    const forwards = qemuArguments(plain).filter((arg) => arg.includes('hostfwd'));
    expect(forwards).toHaveLength(1);
    expect(forwards[0]).toMatch(/restrict=on.*hostfwd=tcp:127\.0\.0\.1:0-:22$/);
  });

  it('leaves out what an old QEMU or Xen under it cannot do', () => {
    expect(option(plain, '-cpu')).toBe('max,-smap,-rdtscp');
    expect(option(machineRecipe('embedded', { ...found, qemu: '10.0.2' }), '-cpu')).toBe('max,-rdtscp');
    expect(option(machineRecipe('embedded', { ...found, accelerator: 'kvm' }), '-cpu')).toBe('host');
  });

  it('counts instructions in virtual time, on emulation whatever there is', () => {
    const machine = machineRecipe('embedded-icount', { ...found, accelerator: 'kvm' });
    expect(option(machine, '-accel')).toBe('tcg,thread=single');
    expect(option(machine, '-icount')).toBe('shift=1,sleep=off');
    expect(option(machine, '-append')).toMatch(/dom0_max_vcpus=1 dom0_vcpus_pin/);
    expect(option(machine, '-cpu')).toMatch(/-erms,-fsrm,-x2apic$/);
    expect(qemuArguments(plain)).not.toContain('-icount');
  });

  it('drops the mitigations on emulated processors only', () => {
    const real = machineRecipe('embedded', { ...found, accelerator: 'kvm' });
    expect(option(plain, '-append')).toContain('spec-ctrl=no');
    expect(option(real, '-append')).not.toContain('spec-ctrl=no');
    expect(option(real, '-initrd')).not.toContain('mitigations=off');
  });
});
