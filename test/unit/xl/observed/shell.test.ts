/** Shells: which domain one can stand in for, what they are called, and who may touch them. */
import { describe, expect, test } from 'vitest';
import type { BatchRecord } from '../../../../src/batch/job-name.js';
import { parseRunEvent } from '../../../../src/xl/facts/run-events.js';
import { launchBegin, launchStep } from '../../../../src/xl/life/launch-machine.js';
import { chooseDomains } from '../../../../src/xl/observed/choose-domains.js';
import { planShell, shellLog, shellName, shellPool, shellUse, whyNoShell } from '../../../../src/xl/observed/shell.js';
import { isInOrder, parseStatus } from '../../../../src/xl/observed/status.js';
import type { Image } from '../../../../src/xl/spec/image.js';
import { checkName, type DomainSpec, type DomainWish } from '../../../../src/xl/spec/spec.js';

const uuid = '6c776400-1815-81ff-927d-b57924ec4c4f';
const image: Image = {
  name: 'x',
  kernel: { path: '/x', sha256: 'a'.repeat(64) },
  ramdisk: undefined,
  symbols: undefined,
  facts: { types: ['pv'], guestOs: 'lwd', hasChannel: true, canWait: true, hasSymbols: false },
};
const spec: DomainSpec = {
  ...{ name: 'x', uuid, type: 'pv', kernel: '/pushed/x', ramdisk: undefined, commandLine: 'A=1 -- x', channel: true },
  ...{ memory: 8, maxmem: 8, vcpus: 1, cpus: undefined, pool: undefined, placement: undefined, group: undefined },
  ...{ onCrash: 'destroy', nativeTsc: true, volumes: [], network: [], disks: [] },
};
const wish: DomainWish = {
  ...{ name: 'x', env: {}, args: ['x'], kernel: image.facts, volumes: [], network: [], disks: [] },
  settings: { type: 'auto', vcpus: 1, memory: 8 << 20, maxmem: 8 << 20, cpus: undefined, on_crash: 'destroy' },
};
const pool = shellPool('me', 'here', '/home/me/x', 2);
const batch: BatchRecord = { system: 'slurm', job: '7', step: '0', rank: 0, restart: 0 };
const prefixOf = (changes: Partial<DomainSpec>, by = pool, of = image) =>
  planShell(by, { ...spec, ...changes }, of).prefix;

describe('a shell', () => {
  test('stands in for every domain that differs in what comes with the claim', () => {
    const same: Partial<DomainSpec>[] = [
      { name: 'y' },
      { uuid: 'other' },
      { commandLine: '-- x y' },
      { channel: false },
    ];
    for (const changes of [...same, { group: 'g' }]) expect(prefixOf(changes)).toBe(prefixOf({}));
  });

  test('stands in for none that differs in anything else, nor for one of another project, user or image', () => {
    const others: Partial<DomainSpec>[] = [
      ...[{ memory: 9 }, { maxmem: 9 }, { vcpus: 2 }, { cpus: '1' }, { pool: 'p' }, { type: 'pvh' as const }],
      ...[{ kernel: '/y' }, { ramdisk: '/r' }, { nativeTsc: false }],
      { network: [{ bridge: 'xenbr0', ip: 'dhcp', gateway: undefined, mac: undefined, dns: [] }] },
    ];
    const pools = [shellPool('you', 'here', '/home/me/x', 2), shellPool('me', 'here', '/home/me/y', 2)];
    const prefixes = [
      ...others.map((changes) => prefixOf(changes)),
      ...pools.map((other) => prefixOf({}, other)),
      prefixOf({}, pool, { ...image, kernel: { ...image.kernel, sha256: 'b'.repeat(64) } }),
    ];
    expect(new Set([prefixOf({}), ...prefixes]).size).toBe(prefixes.length + 1);
  });

  test('is told by a name that nobody else can have, and keeps the log of that name', () => {
    const prefix = prefixOf({});
    expect(prefix).toMatch(/^lwd-shell-[0-9a-f]{20}-$/);
    expect(shellName(prefix, uuid)).toBe(`${prefix}24ec4c4f`);
    expect(shellLog('/var/log/xen/console/guest-x.log', prefix, uuid)).toBe(
      `/var/log/xen/console/guest-${prefix}24ec4c4f.log`,
    );
    expect(() => checkName(`${prefix}24ec4c4f`)).toThrow('names that begin so are those of shells');
  });

  test('cannot be what needs more than a command line', () => {
    const why = (changes: Partial<DomainWish>, line = spec.commandLine) =>
      whyNoShell({ ...wish, ...changes }, { commandLine: line });
    expect(why({})).toBeUndefined();
    expect(why({ volumes: [{ source: '/a', target: '/b', readonly: true }] })).toContain('volumes');
    expect(why({ disks: [{ source: '/a', target: 'xvda', readonly: true }] })).toContain('disks');
    expect(why({ kernel: { ...image.facts, canWait: false } })).toContain('build it again');
    expect(why({ commandLine: 'console=hvc0' })).toContain("not lwd's");
    expect(why({}, '@/.lwd/cmdline')).toContain('too long');
    expect(why({ chosen: true })).toContain('CPUs');
    // What a job says of a domain is no choice by what was free.
    expect(why({ batch, placement: 'CPUs 1 (its 1)' })).toBeUndefined();
  });

  test("is a job's own, and every run's, but not every step's", () => {
    const id = (changes: Partial<BatchRecord>) => shellPool('me', 'here', '/x', 2, { ...batch, ...changes }).id;
    expect(id({ step: '1', rank: 3 })).toBe(id({}));
    const others = [id({ job: '8' }), id({ restart: 1 }), id({ system: 'flux' }), shellPool('me', 'here', '/x', 2).id];
    expect(new Set([id({}), ...others]).size).toBe(5);
  });

  test('what became of it is told', () => {
    const order = { plan: planShell(pool, spec, image), line: '' };
    expect(shellUse(undefined, undefined, '')).toEqual({});
    expect(shellUse({ why: 'w' }, undefined, '')).toEqual({ shell: { claimed: false, why: 'w' } });
    expect(shellUse(order, uuid, '')).toEqual({ shell: { claimed: true } });
    expect(shellUse(order, undefined, 'xl: \u001b[2J')).toEqual({
      shell: { claimed: false, why: expect.not.stringContaining('\u001b') },
    });
  });
});

test('the script says that one was claimed, and the result has its UUID', () => {
  let state = launchBegin;
  for (const line of [`lwd1 claimed ${uuid}`, 'lwd1 started 7', 'lwd1 detached']) {
    state = launchStep(state, parseRunEvent(line)).state;
  }
  expect(state.result).toEqual({ kind: 'detached', id: 7, uuid });
  expect(launchStep(launchBegin, parseRunEvent('lwd1 anew xl: no memory')).actions).toEqual([
    { kind: 'tell-anew', why: 'xl: no memory' },
  ]);
});

const row = (name: string, id: number, end: string) =>
  `${name}   ${id}     8     1     -b----       0.0 6c776400-0000-8000-8000-0000${end}        -                -`;
const node = (shell: string) => `{"v":1,"image":"i","owner":"o","log":"/l/guest-x.log","started":1,"shell":"${shell}"}`;

describe('in what there is', () => {
  const prefix = prefixOf({});
  const text = [
    ...[row(`${prefix}00000007`, 7, '00000007'), row('x', 8, '00000008')],
    ...['--- records', `/local/domain/7/lwd/shell: ${node(prefix)}`, `/local/domain/8/lwd/domain: ${node(prefix)}`],
    ...['--- nodes', ''],
  ].join('\n');
  const [shell, claimed] = parseStatus(text);

  test('it is a state of its own until it is claimed, and its log stays where it is', () => {
    expect(shell).toMatchObject({ state: 'shell', record: { log: `/l/guest-${prefix}00000007.log` } });
    expect(claimed).toMatchObject({ name: 'x', state: 'running', record: { log: `/l/guest-${prefix}00000008.log` } });
  });

  test('one without a keeper is half-made, a claimed one is whole', () => {
    const domains = parseStatus(text);
    expect(isInOrder('left 6c776400-0000-8000-8000-000000000007\n', domains)).toBe(false);
    expect(isInOrder('left 6c776400-0000-8000-8000-000000000008\n', domains)).toBe(true);
  });

  test('it is meant by those commands alone that are for shells too', () => {
    const looks = [{ host: { name: 'h' }, value: parseStatus(text) }];
    const all = (shells: boolean) => chooseDomains(looks, { names: [], selectors: [], shells })[0]?.value.length;
    expect([all(false), all(true)]).toEqual([1, 2]);
    const named = (shells: boolean) => chooseDomains(looks, { names: ['7'], selectors: undefined, shells });
    expect(() => named(false)).toThrow('is a shell: it runs nothing yet');
    expect(named(true)[0]?.value).toHaveLength(1);
  });
});
