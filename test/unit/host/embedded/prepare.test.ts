import { cpus } from 'node:os';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { chooseAccelerator, offersVirtualisation } from '../../../../src/host/embedded/accelerator.js';
import { parseUser } from '../../../../src/host/embedded/parking.js';
import { wantedCpus, wantedMemory } from '../../../../src/host/embedded/prepare.js';

afterEach(() => vi.unstubAllEnvs());

describe('wantedMemory', () => {
  it('is 4 GiB, or what is asked for', () => {
    expect(wantedMemory(undefined)).toBe(4096);
    expect(wantedMemory('')).toBe(4096);
    expect(wantedMemory('6G')).toBe(6144);
    expect(wantedMemory('1536M')).toBe(1536);
  });

  it('refuses what is no size, or too little for dom0', () => {
    for (const text of ['4096', '4g', '0G', '1G', '-4G', '4.5G', 'much']) {
      expect(() => wantedMemory(text), text).toThrow(/LWD_HOST_MEMORY/);
    }
  });
});

describe('wantedCpus', () => {
  it('is at most two, or what is asked for', () => {
    expect(wantedCpus(undefined)).toBe(Math.min(2, cpus().length));
    expect(wantedCpus('1')).toBe(1);
    expect(wantedCpus('16')).toBe(16);
  });

  it('refuses what is no number of processors', () => {
    for (const text of ['0', '17', '1.5', '-1', '0x2', 'all'])
      expect(() => wantedCpus(text), text).toThrow(/LWD_HOST_CPUS/);
  });
});

describe('the accelerator', () => {
  it('goes by the processor, not by words that look like a flag', () => {
    expect(offersVirtualisation('flags\t\t: fpu vmx sse\n')).toBe(true);
    expect(offersVirtualisation('flags\t\t: fpu sse svm\n')).toBe(true);
    expect(offersVirtualisation('flags\t\t: fpu svm_lock avmx\nbugs : vmx\n')).toBe(false);
  });

  it('can be forced, to one that there is', async () => {
    vi.stubEnv('LWD_HOST_ACCELERATOR', 'kvm');
    expect(await chooseAccelerator()).toEqual({ accelerator: 'kvm', forced: true });
    vi.stubEnv('LWD_HOST_ACCELERATOR', 'xen');
    await expect(chooseAccelerator()).rejects.toThrow(/allowed are kvm and tcg/);
  });
});

describe('users of a parked machine', () => {
  it('are processes, and nothing else that lies there', () => {
    expect(parseUser('12-345')).toEqual({ pid: 12, startTime: '345' });
    expect(parseUser('.12-345.99.abcd')).toBeUndefined();
    expect(parseUser('12-')).toBeUndefined();
  });
});
