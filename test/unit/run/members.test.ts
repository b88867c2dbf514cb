/** Which domains a command line means. */
import { describe, expect, test } from 'vitest';
import { UserError } from '../../../src/errors.js';
import { membersOf } from '../../../src/run/members.js';
import type { Image } from '../../../src/xl/image.js';
import { bareSettings } from '../../../src/xl/wish.js';

const image: Image = {
  name: 'cg',
  kernel: { path: '/p/cg', sha256: 'ab' },
  ramdisk: undefined,
  symbols: undefined,
  facts: { types: ['pv'], guestOs: 'lwd', hasSymbols: false },
};
const card = { bridge: 'xenbr0', ip: 'dhcp', gateway: undefined, dns: [], mac: undefined };

describe('--count', () => {
  test('one alone is no group, and is told nothing', () => {
    const { group, wishes, tasks } = membersOf(image, bareSettings, {}, undefined);
    expect(group).toBeUndefined();
    expect(wishes.map(({ name, env }) => [name, env])).toEqual([['cg', {}]]);
    expect(tasks).toEqual([{ after: [] }]);
  });

  test('each is told which it is', () => {
    const { group, wishes } = membersOf(image, bareSettings, { count: 2, name: 'job' }, ['x']);
    expect(group).toBe('job');
    expect(wishes.map(({ name, env, args, group: own }) => [name, env, args, own])).toEqual([
      ['job-0', { LWD_GROUP: 'job', LWD_RANK: '0', LWD_SIZE: '2' }, ['cg', 'x'], 'job'],
      ['job-1', { LWD_GROUP: 'job', LWD_RANK: '1', LWD_SIZE: '2' }, ['cg', 'x'], 'job'],
    ]);
  });

  test('the environment that was asked for wins', () => {
    const { wishes } = membersOf(image, bareSettings, { count: 1, env: ['LWD_SIZE=8'] }, undefined);
    expect(wishes[0]?.env).toMatchObject({ LWD_RANK: '0', LWD_SIZE: '8' });
  });

  test('a name that grows too long is refused', () => {
    expect(() => membersOf(image, bareSettings, { count: 2, name: 'n'.repeat(62) }, undefined)).toThrow(UserError);
  });

  test.each([
    [{ network: [{ ...card, ip: '10.0.0.5/24' }] }, 'the address 10.0.0.5/24'],
    [{ network: [card, { ...card, mac: '00:16:3e:00:00:01' }] }, 'the address 00:16:3e:00:00:01'],
    [{ disks: [{ source: '/d', target: 'xvda', readonly: false }] }, 'write to xvda'],
  ])('what only one can have is refused for two: %j', (own, message) => {
    const settings = { ...bareSettings, ...own };
    expect(() => membersOf(image, settings, { count: 2 }, undefined)).toThrow(message);
    expect(membersOf(image, settings, { count: 1 }, undefined).wishes).toHaveLength(1);
  });
});
