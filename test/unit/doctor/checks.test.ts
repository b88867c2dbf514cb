import { describe, expect, it } from 'vitest';
import { type Facts, findings, type HostFacts, installCommand, missingPackages } from '../../../src/doctor/checks.js';
import { requirements } from '../../../src/doctor/requirements.js';

const gibibyte = 1024 ** 3;

const runningHost: HostFacts = {
  name: 'ssh://node',
  because: '--host',
  embedded: false,
  local: false,
  state: 'running',
  memory: 4096,
  capabilities: { xenVersion: '4.20.4', types: ['pv', 'pvh'], fastPvh: true, consoleLogs: '/var/log/xen/console' },
  info: new Map([
    ['xen_version', '4.20.4'],
    ['cc_compile_date', 'Fri Jul 31 2026'],
    ['free_memory', '3020'],
  ]),
};

const embeddedHost: HostFacts = {
  name: 'embedded',
  because: 'there is no Xen here',
  embedded: true,
  local: false,
  state: 'absent',
  memory: 4096,
};

const healthy: Facts = {
  node: 'v20.19.2',
  architecture: 'x86_64',
  system: { name: 'Debian GNU/Linux 13 (trixie)', families: ['debian', ''] },
  root: false,
  present: new Map(requirements.map(({ name }) => [name, '1.0'])),
  memoryAvailable: 8 * gibibyte,
  cacheFree: 50 * gibibyte,
  cache: '/home/u/.cache/lwd',
  packed: false,
  host: embeddedHost,
};

function without(...names: string[]): Facts {
  const present = new Map(healthy.present);
  for (const name of names) if (!present.delete(name)) throw new Error(`${name} is no requirement`);
  return { ...healthy, present };
}

const states = (facts: Facts) => findings(facts).filter(({ state }) => state !== 'ok');

describe('findings', () => {
  it('are all in order on a machine that has everything', () => {
    expect(states(healthy)).toEqual([]);
  });

  it('only note what some projects need, and still mend it', () => {
    const found = states(without('cmake'));
    expect(found).toMatchObject([{ id: 'cmake', state: 'note', packages: ['cmake'] }]);
  });

  it('name what is missing, what for, and the command that mends it', () => {
    const [finding, ...others] = states(without('zstd'));
    expect(others).toEqual([]);
    expect(finding).toEqual({
      id: 'zstd',
      state: 'missing',
      text: 'no zstd (for the embedded Xen host)',
      mend: ['sudo apt-get install --no-install-recommends zstd'],
      packages: ['zstd'],
    });
  });

  it('ask for a package once, however much of it is missing', () => {
    const found = findings(without('ssh', 'ssh-keygen', 'cpio'));
    expect(missingPackages(found)).toEqual(['cpio', 'openssh-client']);
    expect(installCommand(['a', 'b'], true)).toBe('apt-get install --no-install-recommends a b');
  });

  it('ask for no QEMU where Xen is elsewhere', () => {
    const facts = { ...without('qemu-system-x86_64', 'mmdebstrap'), host: runningHost };
    expect(states(facts).map(({ id }) => id)).toEqual(['xen']);
  });

  it('ask a dom0 that runs images for no compiler, and for no ssh', () => {
    const host: HostFacts = { ...runningHost, name: 'local', local: true };
    const lacks = without('clang-19', 'ninja', 'flock', 'ssh', 'cpio', 'qemu-system-x86_64');
    const found = states({ ...lacks, host, packed: true });
    expect(found.map(({ id, state }) => `${id} ${state}`)).toEqual([
      'clang-19 note',
      'ninja note',
      'flock note',
      'xen note',
    ]);
    expect(found[0]?.text).toBe('no clang-19 (to build; images that were built elsewhere run without)');
    // Unless lwd's programs for dom0 have to be compiled first.
    expect(states({ ...lacks, host })[0]).toMatchObject({ id: 'clang-19', state: 'missing' });
  });

  it('tell an old Node, another processor, another system, a full disk, little memory', () => {
    const facts = {
      ...healthy,
      node: 'v18.20.4',
      architecture: 'aarch64',
      cacheFree: 1,
      memoryAvailable: gibibyte,
    };
    expect(states(facts).map(({ id, state }) => `${id} ${state}`)).toEqual([
      'node missing',
      'system missing',
      'cache note',
      'memory note',
    ]);
    const fedora = { ...healthy, system: { name: 'Fedora', families: ['fedora', ''] } };
    expect(states(fedora)).toMatchObject([{ id: 'system', state: 'note' }]);
  });

  it('say how strong the isolation is, with the version and date of Xen', () => {
    const xen = findings({ ...healthy, host: runningHost }).find(({ id }) => id === 'xen');
    expect(xen?.text).toMatch(/Xen 4\.20\.4, built Fri Jul 31 2026: the isolation of domains is as strong as this Xen/);
  });

  it('tell what the host lacks', () => {
    const capabilities = { xenVersion: '4.17', types: [], fastPvh: false, consoleLogs: undefined };
    const found = states({ ...healthy, host: { ...runningHost, capabilities } });
    expect(found.filter(({ state }) => state === 'missing').map(({ id }) => id)).toEqual(['types', 'console-logs']);
  });

  it('hand on why the host cannot be used', () => {
    const problem = { message: 'cannot reach ssh://node: refused', next: ['ssh node xl list'] };
    const host: HostFacts = { ...runningHost, state: 'unreachable', problem };
    expect(states({ ...healthy, host })).toMatchObject([
      { id: 'host', state: 'missing', text: expect.stringContaining('refused'), mend: ['ssh node xl list'] },
    ]);
  });
});
