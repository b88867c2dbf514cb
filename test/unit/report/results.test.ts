/** The formatters of results: what people read and what programs read. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HostError } from '../../../src/errors.js';
import { crashJson, crashText, type ExplainedCrash } from '../../../src/report/crash.js';
import { downReport, listReport, pinReport, waitReport } from '../../../src/report/domains.js';
import { finishedReport, planReport, startedReport } from '../../../src/report/up.js';
import type { DomainStatus } from '../../../src/xl/observed/status.js';
import { domainSpecs } from '../xl/spec/specs.js';

const running: DomainStatus = {
  name: 'runs',
  id: 41,
  uuid: '6c776400-6f4d-8d04-aab1-cfbfe9efb07c',
  state: 'running',
  outcome: undefined,
  vcpus: 2,
  places: [
    { vcpu: 0, cpu: 1, hard: '1', soft: 'all' },
    { vcpu: 1, cpu: undefined, hard: '0', soft: 'all' },
  ],
  memory: 64,
  cpuTime: 1.5,
  record: { image: '0123456789abcdef', symbols: undefined, owner: 'me@x:1', log: '/l/guest-runs.log', started: 0 },
  logOffset: 0,
};
const orphan: DomainStatus = { ...running, name: 'orphan', id: 44, state: 'paused', places: [], record: undefined };
const here = <Row extends object>(...rows: Row[]) => ({
  hosts: ['here'],
  rows: rows.map((row) => ({ ...row, host: 'here' })),
  failed: [],
});
const dead: DomainStatus = { ...running, name: 'dead', id: 45, state: 'ended', outcome: { kind: 'exited', status: 7 } };

describe('lwd ps', () => {
  test('as a table', () => {
    const text = (long: boolean) =>
      listReport(here(running, orphan, dead), long)
        .toText()
        .split('\n');
    expect(text(false)[0]).toMatch(/^NAME +ID +STATE +VCPUS +MEMORY +AGE +IMAGE$/);
    expect(text(false)[1]).toMatch(/^runs +41 +running +2 +64 MiB +\d+d\d+h +0123456789ab$/);
    const lines = text(true);
    expect(lines[0]).toMatch(/^NAME +ID +STATE +VCPUS +CPUS +MEMORY +AGE +IMAGE$/);
    expect(lines[1]).toMatch(/^runs +41 +running +2 +1\/0 +64 MiB +\d+d\d+h +0123456789ab$/);
    expect(lines[2]).toMatch(/^orphan +44 +paused +2 +- +64 MiB +- +-$/);
    expect(lines[3]).toMatch(/^dead +45 +exited\(7\) /);
  });

  test('of several hosts begins with the host, and says who is missing', () => {
    const error = new HostError('cannot reach far: refused', { next: ['look there'] });
    const report = listReport(
      {
        hosts: ['near', 'other', 'far'],
        rows: [
          { ...dead, host: 'near' },
          { ...dead, host: 'other' },
        ],
        failed: [{ host: 'far', error }],
      },
      false,
    );
    expect(report.toText()).toMatch(/^HOST +NAME .*\nnear +dead +45 .*\nother +dead +45 /);
    expect(report.toJson()).toMatchObject({
      hosts: ['near', 'other', 'far'],
      domains: [{ host: 'near' }, { host: 'other' }],
      failed: [{ host: 'far', kind: 'host', exitCode: 69, next: ['look there'] }],
    });
  });

  test('of no domain is nothing, and an empty list', () => {
    expect(listReport(here(), false).toText()).toBe('');
    expect(listReport(here(), false).toJson()).toEqual({ host: 'here', domains: [] });
  });

  test('as JSON', () => {
    expect(listReport(here(dead), false).toJson()).toMatchObject({
      domains: [
        { name: 'dead', domid: 45, state: 'exited(7)', outcome: { kind: 'exited', status: 7 }, memoryBytes: 67108864 },
      ],
    });
  });
});

describe('a crash', () => {
  const place = { address: 0x10n, function: 'deep', file: './src/x.c', line: 6 };
  const crash: ExplainedCrash = {
    report: {
      what: 'stack overflow',
      thread: 'main',
      registers: new Map([['rip', 0x10n]]),
      addresses: [0x10n],
      exact: true,
      others: [],
    },
    others: [],
    places: [place, { ...place, address: 0x11n }, { ...place, address: 0x20n, function: 'main', line: 9 }],
    why: undefined,
  };

  test('for people: a recursion is one line', () => {
    expect(crashText('cg', crash, false)).toBe(
      'lwd: cg crashed in thread main: stack overflow\n  at deep at ./src/x.c:6   (2 times)\n  at main at ./src/x.c:9',
    );
  });

  test('of several threads shows each', () => {
    const other = { thread: 'other (waits for a mutex of main, at 0x10)', places: [{ ...place, function: 'wait' }] };
    const text = crashText('cg', { ...crash, others: [other] }, false).split('\n');
    expect(text.slice(-2)).toEqual(['  thread other (waits for a mutex of main, at 0x10)', '  at wait at ./src/x.c:6']);
    expect(JSON.parse(JSON.stringify(crashJson({ ...crash, others: [other] })))).toMatchObject({
      otherThreads: [{ thread: other.thread, backtrace: [{ function: 'wait' }] }],
    });
  });

  test('without symbols: addresses, registers and why', () => {
    const bare = { address: 0x10n, function: undefined, file: undefined, line: undefined };
    expect(crashText('cg', { ...crash, places: [bare], why: 'no symbols' }, false)).toBe(
      'lwd: cg crashed in thread main: stack overflow\n  at 0x10\n  (no symbols)\n  rip    0000000000000010',
    );
  });

  test('for programs', () => {
    expect(JSON.parse(JSON.stringify(crashJson(crash)))).toMatchObject({
      what: 'stack overflow',
      registers: { rip: '0x10' },
      backtrace: [{ function: 'deep', line: 6, address: '0x10' }, {}, { function: 'main' }],
    });
  });
});

describe('lwd up', () => {
  const domain = { name: 'cg', id: 5, uuid: 'u' };

  test('detached prints the name', () => {
    expect(startedReport(domain, 'here').toText()).toBe('cg');
    expect(startedReport(domain, 'here').toJson()).toEqual({
      name: 'cg',
      domid: 5,
      uuid: 'u',
      host: 'here',
      state: 'running',
    });
  });

  test("finished says nothing on stdout, which is the application's", () => {
    const finished = {
      ...domain,
      outcome: { kind: 'exited' as const, status: 3 },
      cause: undefined,
      crash: undefined,
      kept: false,
      leftBehind: undefined,
      notes: [],
    };
    const report = finishedReport({ finished, crash: undefined, status: 3, seconds: 0.61234 }, 'here');
    expect(report.toText()).toBe('');
    expect(report.toJson()).toMatchObject({ name: 'cg', status: 3, state: 'exited(3)', endedBy: null, seconds: 0.612 });
  });

  test('planned shows the xl.cfg as it would be', () => {
    const [any] = fc.sample(domainSpecs, { numRuns: 1, seed: 3 });
    if (any === undefined) throw new Error('no specification was generated');
    const spec = { ...any, name: 'cg', uuid: 'u', type: 'pv' as const, memory: 64 };
    const report = planReport([spec], { name: 'embedded', because: 'there is no Xen here' }, ['/p/cg']);
    expect(report.toText()).toContain('host: embedded (there is no Xen here)\nsend, unless it is there: /p/cg\n');
    expect(report.toText()).toContain('\nname="cg"\nuuid="u"\ntype="pv"\n');
    expect(report.toJson()).toMatchObject({ host: 'embedded', config: expect.stringContaining('memory=64\n') });
  });
});

test('lwd wait, down and pin', () => {
  expect(
    waitReport(
      here<Parameters<typeof waitReport>[0]['rows'][number]>(
        { host: 'here', name: 'a', outcome: { kind: 'exited', status: 1 } },
        { host: 'here', name: 'b', outcome: { kind: 'destroyed' } },
      ),
      137,
    ).toText(),
  ).toBe('a  exited(1)\nb  destroyed');
  const taken = [
    { domain: running, outcome: { kind: 'destroyed' as const }, leftBehind: undefined, keepsCopies: false },
    { domain: dead, outcome: { kind: 'exited' as const, status: 7 }, leftBehind: 'xl said no', keepsCopies: true },
  ];
  expect(downReport(here(...taken)).toText()).toBe('runs  destroyed, removed');
  expect(downReport(here(...taken)).toJson()).toMatchObject({ domains: [{ removed: true }, { removed: false }] });
  const pinned = here({ name: 'runs', id: 41, places: running.places, complaint: undefined });
  expect(pinReport(pinned).toText()).toBe(
    ['NAME  VCPU  ON  MAY RUN ON  PREFERS', 'runs  0     1   1           all', 'runs  1     -   0           all'].join(
      '\n',
    ),
  );
  expect(pinReport(pinned).toJson()).toMatchObject({
    name: 'runs',
    host: 'here',
    domains: [{ host: 'here', domid: 41 }],
  });
});
