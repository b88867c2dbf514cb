/** What is said of several domains. */
import { expect, test } from 'vitest';
import { finishedGroupReport, groupText, type MemberEnd, startedGroupReport } from '../../../src/report/group.js';

function ended(name: string, status: number, stopped = false): MemberEnd {
  const finished = {
    ...{ name, id: 7, uuid: `u-${name}`, outcome: { kind: 'exited' as const, status } },
    ...{ cause: stopped ? ('interrupted' as const) : undefined, crash: undefined, kept: false },
    ...{ leftBehind: undefined, notes: [] },
  };
  return { kind: 'ended', stopped, ended: { finished, crash: undefined, status, seconds: 1.23456 } };
}

const failure = { kind: 'host' as const, message: 'no room', next: [], exitCode: 71 };
const ends: MemberEnd[] = [
  ended('j-0', 0),
  ended('j-1', 0),
  ended('j-2', 3),
  ended('j-3', 143, true),
  { kind: 'failed', name: 'j-4', failure },
  { kind: 'skipped', name: 'j-5' },
];
const result = { group: 'j', hosts: ends.map(() => 'here'), ends, status: 71, seconds: 4.05 };

test('people see how many ended how, and those that did not end well', () => {
  expect(groupText(result)).toBe(
    [
      '6 domains in 4.0 s: 2 exited(0), 1 exited(3), 1 exited(143), 1 failed, 1 skipped',
      'NAME  STATE        STATUS',
      'j-2   exited(3)    3',
      'j-3   exited(143)  143',
      'j-4   failed       71',
      'j-5   skipped      -',
    ].join('\n'),
  );
  expect(groupText({ ...result, ends: ends.slice(0, 2) })).toBe('2 domains in 4.0 s: 2 exited(0)');
});

test('programs see all of them', () => {
  expect(finishedGroupReport(result).toText()).toBe('');
  expect(finishedGroupReport(result).toJson()).toMatchObject({
    group: 'j',
    host: 'here',
    status: 71,
    seconds: 4.05,
    domains: [
      {
        name: 'j-0',
        domid: 7,
        uuid: 'u-j-0',
        state: 'exited(0)',
        status: 0,
        endedBy: null,
        seconds: 1.235,
        leftBehind: null,
      },
      { name: 'j-1', status: 0 },
      { name: 'j-2', status: 3, kept: false, notes: [], outcome: { kind: 'exited', status: 3 } },
      { name: 'j-3', status: 143, endedBy: 'fail-fast' },
      { name: 'j-4', state: 'failed', status: 71, error: { message: 'no room' } },
      { name: 'j-5', state: 'skipped', status: null },
    ],
  });
});

test('of several hosts each is told', () => {
  const two = { ...result, hosts: ['a', 'a', 'a', 'b', 'b', 'b'] };
  expect(groupText(two).split('\n').slice(1, 4)).toEqual([
    'HOST  NAME  STATE        STATUS',
    'a     j-2   exited(3)    3',
    'b     j-3   exited(143)  143',
  ]);
  expect(finishedGroupReport(two).toJson()).toMatchObject({
    hosts: ['a', 'b'],
    domains: [{ host: 'a' }, { host: 'a' }, { host: 'a' }, { host: 'b' }, { host: 'b' }, { host: 'b' }],
  });
});

test('detached ones are named, a line each', () => {
  const started: MemberEnd[] = ['a', 'b'].map((name) => ({ kind: 'started', domain: { name, id: 1, uuid: 'u' } }));
  expect(startedGroupReport({ ...result, ends: started }).toText()).toBe('a\nb');
});
