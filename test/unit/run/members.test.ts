/** Which domains a command line means. */
import { describe, expect, test } from 'vitest';
import type { DomainEntry } from '../../../src/config/model.js';
import { UserError } from '../../../src/errors.js';
import { beforeOf, type MemberFlags, memberCount, membersOf } from '../../../src/run/members.js';
import { bareSettings } from '../../../src/xl/spec/wish.js';
import { image } from '../xl/spec/image.js';

const bare = { image, settings: bareSettings, entries: [] };
const card = { bridge: 'xenbr0', ip: 'dhcp', gateway: undefined, dns: [], mac: undefined };

describe('--count', () => {
  test('one alone is no group, and is told nothing', () => {
    const { group, wishes, tasks } = membersOf(bare, {}, undefined);
    expect(group).toBeUndefined();
    expect(wishes.map(({ name, env }) => [name, env])).toEqual([['cg', {}]]);
    expect(tasks).toEqual([{ after: [] }]);
  });

  test('each is told which it is', () => {
    const { group, wishes } = membersOf(bare, { count: 2, name: 'job' }, ['x']);
    expect(group).toBe('job');
    expect(wishes.map(({ name, env, args, group: own }) => [name, env, args, own])).toEqual([
      ['job-0', { LWD_GROUP: 'job', LWD_RANK: '0', LWD_SIZE: '2' }, ['cg', 'x'], 'job'],
      ['job-1', { LWD_GROUP: 'job', LWD_RANK: '1', LWD_SIZE: '2' }, ['cg', 'x'], 'job'],
    ]);
  });

  test('addresses of a range go to them in turns, and each knows all of them', () => {
    const range = (ip: string) => ({ ...bare, settings: { ...bareSettings, network: [card, { ...card, ip }] } });
    const { wishes } = membersOf(range('10.0.0.254-10.0.1.9/16'), { count: 3 }, undefined);
    expect(wishes.map(({ network }) => network.map(({ ip }) => ip))).toEqual([
      ['dhcp', '10.0.0.254/16'],
      ['dhcp', '10.0.0.255/16'],
      ['dhcp', '10.0.1.0/16'],
    ]);
    const peers = '10.0.0.254,10.0.0.255,10.0.1.0';
    expect(new Set(wishes.map(({ env }) => env.LWD_PEERS))).toEqual(new Set([peers]));
    const alone = membersOf(range('10.0.0.5-10.0.0.9/24'), {}, undefined);
    expect(alone.wishes[0]).toMatchObject({ network: [card, { ip: '10.0.0.5/24' }], env: {} });
    expect(() => membersOf(range('10.0.0.5-10.0.0.6/24'), { count: 3 }, undefined)).toThrow('2 addresses for 3');
    expect(() => membersOf(range('10.0.0.6-10.0.0.5/24'), { count: 1 }, undefined)).toThrow('0 addresses for 1');
  });

  test('in a job ranks go on from task to task', () => {
    const settings = { ...bareSettings, network: [{ ...card, ip: '10.0.0.5-10.0.0.99/24' }] };
    const of = (flags: MemberFlags, rank: number) =>
      membersOf({ ...bare, settings }, flags, undefined, { rank, tasks: 2 }).wishes.map(({ name, env, network }) => [
        ...[name, env.LWD_RANK, env.LWD_SIZE, network[0]?.ip],
        env.LWD_PEERS?.split(',').length,
      ]);
    expect(of({ count: 2 }, 1)).toEqual([
      ['cg-0', '2', '4', '10.0.0.7/24', 4],
      ['cg-1', '3', '4', '10.0.0.8/24', 4],
    ]);
    expect(of({ name: 'lwd-4-0-1' }, 1)).toEqual([['lwd-4-0-1', '1', '2', '10.0.0.6/24', 2]]);
  });

  test('the environment that was asked for wins', () => {
    const { wishes } = membersOf(bare, { count: 1, env: ['LWD_SIZE=8'] }, undefined);
    expect(wishes[0]?.env).toMatchObject({ LWD_RANK: '0', LWD_SIZE: '8' });
  });

  test('a name that grows too long is refused', () => {
    expect(() => membersOf(bare, { count: 2, name: 'n'.repeat(62) }, undefined)).toThrow(UserError);
  });

  test.each([
    [{ network: [{ ...card, ip: '10.0.0.5/24' }] }, 'the address 10.0.0.5/24'],
    [{ network: [card, { ...card, mac: '00:16:3e:00:00:01' }] }, 'the address 00:16:3e:00:00:01'],
    [{ disks: [{ source: '/d', target: 'xvda', readonly: false }] }, 'the disk /d, to write to'],
  ])('what only one can have is refused for two: %j', (own, message) => {
    const settings = { ...bareSettings, ...own };
    expect(() => membersOf({ ...bare, settings }, { count: 2 }, undefined)).toThrow(message);
    expect(membersOf({ ...bare, settings }, { count: 1 }, undefined).wishes).toHaveLength(1);
  });
});

describe('domains:', () => {
  const entry = (name: string, own: Partial<DomainEntry> = {}): DomainEntry => ({
    ...{ name, count: undefined, after: [], settings: bareSettings },
    ...own,
  });
  const entries = [
    entry('server', { settings: { ...bareSettings, args: ['serve'], env: { A: '1' } } }),
    entry('worker', { count: 2, after: [{ entry: 0, condition: 'started' }] }),
    entry('merge', { after: [{ entry: 1, condition: 'succeeded' }] }),
  ];
  const source = { ...bare, entries };

  test('each is of the image, with a name and settings of its own', () => {
    const { group, wishes, tasks } = membersOf(source, {}, undefined);
    expect(group).toBe('cg');
    expect(wishes.map(({ name, args, env }) => [name, args, env])).toEqual([
      ['cg-server', ['cg', 'serve'], { LWD_GROUP: 'cg', A: '1' }],
      ['cg-worker-0', ['cg'], { LWD_GROUP: 'cg', LWD_RANK: '0', LWD_SIZE: '2' }],
      ['cg-worker-1', ['cg'], { LWD_GROUP: 'cg', LWD_RANK: '1', LWD_SIZE: '2' }],
      ['cg-merge', ['cg'], { LWD_GROUP: 'cg' }],
    ]);
    expect(tasks).toEqual([
      { after: [] },
      { after: [{ task: 0, condition: 'started' }] },
      { after: [{ task: 0, condition: 'started' }] },
      {
        after: [
          { task: 1, condition: 'succeeded' },
          { task: 2, condition: 'succeeded' },
        ],
      },
    ]);
    expect(memberCount(source, {})).toBe(4);
  });

  test('some of them: nobody waits for the others', () => {
    const { wishes, tasks } = membersOf(source, { only: ['merge', 'server'], name: 'n' }, undefined);
    expect(wishes.map(({ name }) => name)).toEqual(['n-server', 'n-merge']);
    expect(tasks).toEqual([{ after: [] }, { after: [] }]);
    expect(() => membersOf(source, { only: ['wroker'] }, undefined)).toThrow('there is no "wroker"');
    expect(() => membersOf(bare, { only: ['worker'] }, undefined)).toThrow('there is no "worker"');
  });

  test('--count says what lwd.yaml says already', () => {
    expect(() => membersOf(source, { count: 3 }, undefined)).toThrow(UserError);
  });

  test('one disk is for one, or for one after the other', () => {
    const settings = { ...bareSettings, disks: [{ source: '/d', target: 'xvda', readonly: false }] };
    const two = (condition: 'started' | 'ended') => [
      entry('a', { settings }),
      entry('between', { after: [{ entry: 0, condition }] }),
      entry('b', { settings, after: [{ entry: 1, condition: 'started' }] }),
    ];
    expect(membersOf({ ...bare, entries: two('ended') }, {}, undefined).wishes).toHaveLength(3);
    expect(() => membersOf({ ...bare, entries: two('started') }, {}, undefined)).toThrow('cg-a and cg-b');
  });

  test('one that is skipped ends before those that it waited for', () => {
    const settings = { ...bareSettings, disks: [{ source: '/d', target: 'xvda', readonly: false }] };
    const entries = [
      entry('writer', { settings }),
      entry('check'),
      entry('both', {
        after: [
          { entry: 0, condition: 'succeeded' },
          { entry: 1, condition: 'succeeded' },
        ],
      }),
      entry('last', { settings, after: [{ entry: 2, condition: 'ended' }] }),
    ];
    // The check fails, `both` is skipped, and the writer still writes.
    expect(() => membersOf({ ...bare, entries }, {}, undefined)).toThrow('cg-writer and cg-last');
  });

  test('one that is kept when it crashes is never over', () => {
    const kept = { ...bareSettings, domain: { ...bareSettings.domain, on_crash: 'preserve' as const } };
    const entries = [
      entry('a', { settings: kept }),
      entry('b', { after: [{ entry: 0, condition: 'ended' }] }),
      entry('c', { after: [{ entry: 1, condition: 'ended' }] }),
    ];
    const isBefore = beforeOf(membersOf({ ...bare, entries }, {}, undefined));
    expect([isBefore('cg-b', 'cg-c'), isBefore('cg-a', 'cg-b'), isBefore('cg-a', 'cg-c')]).toEqual([
      true,
      false,
      false,
    ]);
  });
});
