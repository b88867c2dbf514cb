/** What each user has of the host, and whose a name is. */
import { describe, expect, test } from 'vitest';
import { Shares } from '../../../src/broker/shares.js';
import { newUuid } from '../../../src/xl/facts/domain-record.js';
import type { DomainStatus } from '../../../src/xl/observed/status.js';
import { alice, bob, uuids } from './served.js';

describe('shares', () => {
  const status = (uuid: string, memory: number, most?: number) =>
    ({ uuid, memory, places: [{}], record: most === undefined ? undefined : { most } }) as unknown as DomainStatus;

  test('count what may grow, what is just being made, and nothing twice', () => {
    const shares = new Shares();
    const [one, two] = [newUuid(alice), newUuid(alice)];
    expect(shares.shareOf(alice, [status(one, 64, 128), status(uuids.bob, 500)])).toEqual({
      domains: 1,
      memory: 128,
      vcpus: 1,
    });
    shares.begin(two, alice, 32, 2);
    expect(shares.shareOf(alice, [status(one, 64, 128)])).toEqual({ domains: 2, memory: 160, vcpus: 3 });
    expect(shares.shareOf(alice, [status(two, 16)])).toEqual({ domains: 1, memory: 32, vcpus: 2 });
    shares.settled(two);
    expect(shares.shareOf(alice, [status(two, 16)])).toEqual({ domains: 1, memory: 32, vcpus: 2 });
    expect(shares.shareOf(alice, [])).toEqual({ domains: 0, memory: 0, vcpus: 0 });
  });

  test('a name is its last user’s for a while, since its log is', () => {
    const shares = new Shares();
    expect(shares.takeName('x', alice)).toBe(true);
    expect(shares.takeName('x', bob)).toBe(false);
    shares.leaveName('x', true);
    expect(shares.takeName('x', bob)).toBe(false);
    expect(shares.takeName('x', alice)).toBe(true);
    expect(shares.takeName('y', bob)).toBe(true);
    // There never was a domain: a name cannot be kept from others by asking for it.
    shares.leaveName('y', false);
    expect(shares.takeName('y', alice)).toBe(true);
    shares.leaveName('y', true);
    expect(shares.takeName('y', alice)).toBe(true);
    shares.leaveName('y', false);
    expect(shares.takeName('y', bob)).toBe(false);
  });
});
