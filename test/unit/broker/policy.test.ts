/** The policy file, and what it comes to: for which caller which rule, and which domains a rule allows. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judgeDomain } from '../../../src/broker/authority.js';
import { allowsCpus, numberIn, parsePolicy, type Rule, ruleFor } from '../../../src/broker/policy.js';
import type { OrderedSpec } from '../../../src/broker/requests.js';
import { ConfigurationError } from '../../../src/config/explain.js';
import { newUuid } from '../../../src/xl/facts/domain-record.js';

const numbers: Record<string, number> = { alice: 1001, hpc: 50 };
const parse = (text: string) => parsePolicy(text, 'policy.yaml', async (_, name) => numbers[name]);

async function problems(text: string): Promise<string[]> {
  const error = await parse(text).catch((thrown: unknown) => thrown);
  if (error instanceof ConfigurationError) return error.message.split('\n');
  throw new Error('it was accepted');
}

const least = 'version: 1\nrules:\n  - users: [alice]\n    domains: 2\n    memory: 1G\n';

function caller(uid: number, gid = uid, groups: number[] = []) {
  return { pid: 1, uid, gid, groups, job: undefined };
}

describe('the file', () => {
  test('names become numbers, and what is not said is not allowed', async () => {
    const [rule] = await parse(least);
    expect(rule).toEqual({
      ...{ users: [1001], groups: [], everyone: false, domains: 2, memory: 1024, vcpus: 2, cpus: undefined },
      ...{ pools: undefined, bridges: [], devices: [], disks: [], volumes: [], image: 256 * 2 ** 20, job: false },
    });
  });

  test("a name's number is that of its own line", () => {
    const entries = 'alice:x:x1:0::/:/bin/sh\nbob:x:1002:1003::/:/bin/sh\nbobby:x:7:7::/:/bin/sh\n';
    expect(['bob', 'bobby', 'bo', 'alice', 'x'].map((name) => numberIn(entries, name))).toEqual([
      1002,
      7,
      undefined,
      undefined,
      undefined,
    ]);
  });

  test('all of it', async () => {
    const [rule] = await parse(
      `${least}    groups: [hpc, 60]\n    vcpus: 8\n    cpus: "2-5"\n    pools: [batch]\n    bridges: [xenbr0]\n` +
        '    devices: [/dev/vg/a, "/dev/vg/b:ro"]\n    volumes: [/home, "/opt:ro"]\n    image: 1G\n    job: required\n',
    );
    expect(rule).toMatchObject({
      ...{ groups: [50, 60], vcpus: 8, cpus: '2-5', pools: ['batch'], bridges: ['xenbr0'], image: 2 ** 30, job: true },
      devices: [
        { path: '/dev/vg/a', readonly: false },
        { path: '/dev/vg/b', readonly: true },
      ],
      volumes: [
        { path: '/home', readonly: false },
        { path: '/opt', readonly: true },
      ],
    });
  });

  test('what is wrong is told with its place, all of it', async () => {
    expect(
      await problems('version: 2\nrules:\n  - users: [alice]\n    domains: 0\n    memory: 12\n    volums: []\n'),
    ).toEqual([
      'policy.yaml:1:10 version: is 2, must be 1',
      'policy.yaml:4:14 rules[0].domains: is 0, must be a whole number from 1 to 1000',
      'policy.yaml:5:13 rules[0].memory: is 12, must be a size with a unit, in whole MiB: 64M, 2G',
      'policy.yaml:6:5 rules[0].volums: is not known here; did you mean "volumes"?',
    ]);
  });

  test.each([
    ['users: [alice]', 'users: [nobody-here]', 'there is no user nobody-here'],
    ['users: [alice]', 'bridges: []', 'is for nobody'],
    ['users: [alice]', 'users: [alice]\n    devices: [/etc/passwd]', 'no device below /dev'],
    ['users: [alice]', 'users: [alice]\n    volumes: [/home/../etc]', 'must be an absolute path'],
    ['users: [alice]', 'users: [alice]\n    volumes: [home]', 'must be an absolute path'],
    ['users: [alice]', 'users: [alice]\n    bridges: ["xenbr0,script=/x"]', "must be a bridge's name"],
    ['users: [alice]', 'users: [alice]\n    cpus: "node:0"', 'must be a list of CPUs'],
    ['users: [alice]', 'users: ["al ice"]', 'must be a name or a number'],
    ['users: [alice]', 'users: [', 'policy.yaml:'],
  ])('%s as %j', async (from, to, what) => {
    expect((await problems(least.replace(from, to))).join('\n')).toContain(what);
  });

  test('an empty file is no policy', async () => {
    expect((await problems('')).join()).toContain('mapping');
  });

  test('a folder may be all of it', async () => {
    const [rule] = await parse(`${least}    volumes: [/]\n`);
    expect(rule?.volumes).toEqual([{ path: '/', readonly: false }]);
  });
});

describe('rules', () => {
  test('the first that is for the caller; none for others; root is held back by none', async () => {
    const text = `${least}  - groups: [hpc]\n    domains: 1\n    memory: 64M\n`;
    const policy = await parse(text);
    expect(ruleFor(policy, caller(1001, 50))?.domains).toBe(2);
    expect(ruleFor(policy, caller(7, 50))?.domains).toBe(1);
    expect(ruleFor(policy, caller(7, 8, [9, 50]))?.domains).toBe(1);
    expect(ruleFor(policy, caller(7, 8, [9]))).toBeUndefined();
    expect(ruleFor(policy, caller(0))?.domains).toBe(1000);
    expect(
      ruleFor(await parse(`${text}  - everyone: true\n    domains: 3\n    memory: 64M\n`), caller(7))?.domains,
    ).toBe(3);
  });
});

const uid = 1001;
const rule: Rule = {
  ...{ users: [uid], groups: [], everyone: false, domains: 2, memory: 256, vcpus: 4, cpus: '2-5', pools: undefined },
  ...{ bridges: ['xenbr0'], devices: [{ path: '/dev/vg/a', readonly: true }], image: 1, job: false },
  disks: [
    { path: '/scratch/alice', readonly: false },
    { path: '/opt/data', readonly: true },
  ],
  volumes: [
    { path: '/home/alice', readonly: false },
    { path: '/opt', readonly: true },
  ],
};

function order(more: Partial<OrderedSpec> = {}): OrderedSpec {
  return {
    ...{
      name: 'a',
      uuid: newUuid(uid),
      type: 'pv',
      kernel: 'sha256:',
      commandLine: '',
      memory: 64,
      maxmem: 64,
      vcpus: 1,
    },
    ...{ onCrash: 'destroy', nativeTsc: true, volumes: [], network: [], disks: [], ...more },
  };
}

const nothing = { domains: 0, memory: 0, vcpus: 0 };
const judge = (more: Partial<OrderedSpec>, has = nothing, by = rule) => judgeDomain(by, caller(uid), order(more), has);

describe('a domain', () => {
  test('within the rule is made; without CPUs of its own it gets those that are allowed', () => {
    expect(judge({ network: [{ bridge: 'xenbr0' }] })).toMatchObject({ spec: { cpus: '2-5', name: 'a' } });
    expect(judge({ cpus: '3' })).toMatchObject({ spec: { cpus: '3' } });
    expect(judge({ cpus: '2-9,^6-9' })).toHaveProperty('spec');
  });

  test.each<[Partial<OrderedSpec>, string]>([
    [{ uuid: newUuid(1002) }, 'whose it is'],
    [{ uuid: newUuid() }, 'whose it is'],
    [{ memory: 128 }, 'maxmem is less'],
    [{ maxmem: 257 }, '256 MiB of memory are allowed'],
    [{ vcpus: 5 }, '4 vCPUs are allowed'],
    [{ cpus: '1' }, 'CPUs 1 are not allowed'],
    [{ cpus: 'all' }, 'not allowed'],
    [{ cpus: 'node:0' }, 'not allowed'],
    [{ cpus: '2,^2' }, 'not allowed'],
    [{ cpus: '2-9,^6-8' }, 'not allowed'],
    [{ cpus: '3-2' }, 'not allowed'],
    [{ network: [{ bridge: 'xenbr1' }] }, 'bridge xenbr1'],
    [{ disks: [{ target: 'xvda', readonly: false, path: '/dev/vg/a' }] }, 'disk /dev/vg/a'],
    [{ disks: [{ target: 'xvda', readonly: true, path: '/dev/vg/b' }] }, 'disk /dev/vg/b'],
    [{ disks: [{ target: 'xvda', readonly: true, path: '/scratch/alicex/disk' }] }, 'disk /scratch/alicex/disk'],
    [{ disks: [{ target: 'xvda', readonly: true, path: '/scratch/alice' }] }, 'disk /scratch/alice'],
    [{ disks: [{ target: 'xvda', readonly: false, path: '/opt/data/x' }] }, 'disk /opt/data/x'],
    [
      {
        disks: [
          { target: 'xvda', readonly: true, path: '/opt/data/x' },
          { target: 'xvda', readonly: true, path: '/opt/data/y' },
        ],
      },
      'two disks',
    ],
    [{ volumes: [{ target: '/d', readonly: true, path: '/etc' }] }, 'folder /etc'],
    [{ volumes: [{ target: '/d', readonly: true, path: '/home/alicex' }] }, 'folder /home/alicex'],
    [{ volumes: [{ target: '/d', readonly: false, path: '/opt/x' }] }, 'folder /opt/x'],
    [
      {
        volumes: [
          { target: '/d', readonly: true, path: '/opt' },
          { target: '/d', readonly: true, path: '/opt' },
        ],
      },
      'two volumes',
    ],
  ])('%j is refused', (more, why) => {
    expect(judge(more)).toEqual({ refused: expect.stringContaining(why) });
  });

  test('counts with what there is', () => {
    expect(judge({}, { domains: 2, memory: 0, vcpus: 0 })).toHaveProperty('refused');
    expect(judge({}, { domains: 1, memory: 193, vcpus: 0 })).toHaveProperty('refused');
    expect(judge({}, { domains: 1, memory: 192, vcpus: 3 })).toHaveProperty('spec');
    expect(judge({}, { domains: 1, memory: 192, vcpus: 4 })).toHaveProperty('refused');
  });

  test("is the job's that its user is in, whatever he says", () => {
    const batch = { system: 'slurm' as const, job: '42', step: '0', rank: 3, restart: 1 };
    const by = (job: string | undefined, more: Partial<OrderedSpec>) =>
      judgeDomain(rule, { ...caller(uid), job }, order(more), nothing);
    expect(by('42', { batch })).toMatchObject({ spec: { batch } });
    expect(by('42', {})).toMatchObject({ spec: { batch: { system: 'slurm', job: '42', restart: 0 } } });
    expect(by('43', { batch })).toEqual({ refused: 'you are in job 43, and not in 42' });
    expect(by('43', { batch: { ...batch, component: '43' } })).toHaveProperty('spec');
    expect(by(undefined, { batch })).toMatchObject({ spec: { batch } });
    expect(by(undefined, {})).toMatchObject({ spec: { batch: undefined } });
  });

  test('pools', () => {
    expect(judge({}, nothing, { ...rule, pools: ['batch'] })).toHaveProperty('refused');
    expect(judge({ pool: 'batch' }, nothing, { ...rule, pools: ['batch'] })).toHaveProperty('spec');
    expect(judge({}, nothing, { ...rule, pools: [] })).toHaveProperty('refused');
  });

  test('folders go to their server as what is within an allowed one', () => {
    const volumes = [
      { target: '/a', readonly: false, path: '/home/alice' },
      { target: '/b', readonly: true, path: '/opt/x/y' },
    ];
    expect(judge({ volumes })).toMatchObject({
      volumes: [
        { target: '/a', root: '/home/alice', folder: '.' },
        { target: '/b', root: '/opt', folder: 'x/y' },
      ],
    });
  });

  test('files go to be opened as what is within an allowed folder, and only devices to xl', () => {
    const disks = [
      { target: 'xvda', readonly: true, path: '/dev/vg/a' },
      { target: 'xvdb', readonly: false, path: '/scratch/alice/a b,script=/x' },
    ];
    expect(judge({ disks })).toMatchObject({
      spec: { disks: [disks[0]] },
      files: [{ target: 'xvdb', readonly: false, root: '/scratch/alice', file: 'a b,script=/x' }],
    });
    // A device's name is xl's to read.
    const device = { path: '/dev/vg/a,script=/x', readonly: false };
    const named = { ...rule, devices: [device] };
    expect(judge({ disks: [{ ...device, target: 'xvda' }] }, nothing, named)).toEqual({
      refused: expect.stringContaining('cannot be given to xl'),
    });
  });

  test('whatever is allowed is within the rule', () => {
    const cpus = fc.oneof(
      fc.constant(undefined),
      fc.stringMatching(/^[0-9,^:a-z-]{1,12}$/),
      fc.constantFrom('2', '2-3', '3,5', '2-6'),
    );
    const size = fc.integer({ min: 4, max: 300 });
    fc.assert(
      fc.property(cpus, size, size, fc.integer({ min: 1, max: 6 }), (list, memory, maxmem, vcpus) => {
        const judged = judge({ cpus: list, memory, maxmem, vcpus });
        if ('refused' in judged) return;
        expect(judged.spec.maxmem).toBeLessThanOrEqual(256);
        expect(judged.spec.vcpus).toBeLessThanOrEqual(4);
        expect(allowsCpus(rule, judged.spec.cpus ?? 'all')).toBe(true);
      }),
    );
  });
});
