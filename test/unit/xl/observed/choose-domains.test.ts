/** Which domains a command means, when there are several hosts. */
import { describe, expect, it } from 'vitest';
import { exitCodes } from '../../../../src/exit-codes.js';
import { chooseDomains } from '../../../../src/xl/observed/choose-domains.js';
import type { DomainStatus } from '../../../../src/xl/observed/status.js';

const domain = (name: string, id: number): DomainStatus => ({
  name,
  id,
  uuid: `6c776400-0000-8000-8000-00000000000${id}`,
  state: 'running',
  outcome: undefined,
  vcpus: 1,
  places: [],
  memory: 64,
  cpuTime: 0,
  record: undefined,
  logOffset: 0,
});
const looks = [
  { host: { name: 'a' }, value: [domain('both', 1), domain('left', 2)] },
  { host: { name: 'b' }, value: [domain('both', 3)] },
];
const chosen = (names: string[], silent: string[] = [], from = looks) =>
  chooseDomains(from, { names, selectors: undefined }, silent).map(({ host, value }) => [
    host.name,
    value.map(({ id }) => id),
  ]);

describe('on several hosts', () => {
  it('a name means all that have it, and may be on one only', () => {
    expect(chosen(['both'])).toEqual([
      ['a', [1]],
      ['b', [3]],
    ]);
    expect(chosen(['left', domain('', 3).uuid])).toEqual([
      ['a', [2]],
      ['b', [3]],
    ]);
  });

  it('a rule is asked on each', () => {
    const selectors = [{ key: 'name', value: 'b*' }];
    const found = chooseDomains(looks, { names: [], selectors });
    expect(found.map(({ value }) => value.map(({ id }) => id))).toEqual([[1], [3]]);
  });

  it('what is nowhere is an error, and another one if a host did not answer', () => {
    expect(() => chosen(['both', 'none'])).toThrow('there is no domain "none" of lwd\'s on a, b');
    expect(() => chosen(['none'], ['c'])).toThrow(expect.objectContaining({ exitCode: exitCodes.noHost.code }));
    expect(() => chosen(['none'], ['c'])).toThrow('"none": not on a, b, and c did not answer');
  });

  it('a number is none: it is another domain on each', () => {
    expect(() => chosen(['1'])).toThrow(expect.objectContaining({ exitCode: exitCodes.usage.code }));
    expect(chosen(['1'], [], looks.slice(0, 1))).toEqual([['a', [1]]]);
  });
});
