import { describe, expect, test } from 'vitest';
import { UserError } from '../../../../src/errors.js';
import type { Host } from '../../../../src/host/host.js';
import { recordText } from '../../../../src/xl/facts/domain-record.js';
import { awaitEnds, findDomain, judgeEnded, parsePlacements, parseStatus } from '../../../../src/xl/observed/status.js';

/** What Xen 4.20's tools print. */
const list =
  `Name                                        ID   Mem VCPUs	State	Time(s)   UUID                            Reason-Code	Security Label
Domain-0                                     0  1024     2     r-----      99.7 00000000-0000-0000-0000-000000000000        -                -
foreign                                     21     8     1     ---s--       2.3 97586fa4-c9f6-49e0-b06f-63b6e2bbed63        0                -
runs                                        41    64     2     -b----       1.5 6c776400-6f4d-8d04-aab1-cfbfe9efb07c        -                -
ended                                       42     8     1     ---s--       0.3 6c776400-0000-8d04-aab1-cfbfe9efb07c        0                -
crashed                                     43     8     1     ---sc-       0.0 6c776400-1111-8d04-aab1-cfbfe9efb07c        3                -
(null)                                      45     2     1     --ps-d       0.9 6c776400-3333-8c4f-893a-e1dd1faadc2b        0                -
(null)                                      46     2     1     --p--d       0.9 6c776400-4444-8c4f-893a-e1dd1faadc2b        -                -
orphan                                      44     8     1     --p---       0.0 6c776400-2222-8d04-aab1-cfbfe9efb07c        -                -
`.replaceAll('\t', ' ');
const record = {
  image: 'abc',
  symbols: '/tmp/ä "b"\\c',
  owner: 'root@x:1',
  log: '/l/guest-runs.log',
  started: 1795387781,
};
const records = `--- records
/local/domain/41/lwd/domain: {"offset":17,${recordText(record).slice(1)}
`;
const nodes = `--- nodes
/local/domain/42/data/lwd = ""
/local/domain/42/data/lwd/exit = "v1 code=7"
/local/domain/43/data/lwd/crash = "v1 signal=6 \\x1b[31mabort()\\n/local/domain/42/data/lwd/exit = \\"v1 code=0"
`;
const vcpus = `--- vcpus
Name                                ID  VCPU   CPU State   Time(s) Affinity (Hard / Soft)
runs                                41     0    1   -b-       1.0  0-1 / all
runs                                41     1    -   --p       0.5  1 / 0,2
`;

describe("lwd's domains", () => {
  const domains = parseStatus(list + records + nodes + vcpus);

  test('are those with its UUIDs, whatever else there is', () => {
    expect(domains.map(({ name }) => name)).toEqual(['runs', 'ended', 'crashed', '(null)', '(null)', 'orphan']);
  });

  test('that run', () => {
    expect(domains[0]).toEqual({
      name: 'runs',
      id: 41,
      uuid: '6c776400-6f4d-8d04-aab1-cfbfe9efb07c',
      state: 'running',
      outcome: undefined,
      vcpus: 2,
      places: [
        { vcpu: 0, cpu: 1, hard: '0-1', soft: 'all' },
        { vcpu: 1, cpu: undefined, hard: '1', soft: '0,2' },
      ],
      memory: 64,
      cpuTime: 1.5,
      record,
      logOffset: 17,
    });
  });

  test('that ended keep their status', () => {
    expect(domains[1]).toMatchObject({ state: 'ended', outcome: { kind: 'exited', status: 7 } });
  });

  test('that crashed cannot speak for others', () => {
    expect(domains[2]).toMatchObject({ state: 'ended', outcome: { kind: 'crashed', signal: 6 } });
  });

  test('that were destroyed and are still there are dying, whether they had ended before or not', () => {
    for (const domain of domains.slice(3, 5)) expect(domain).toMatchObject({ state: 'dying', outcome: undefined });
  });

  test('whose creation was broken off', () => {
    expect(domains[5]).toMatchObject({ state: 'paused', record: undefined, logOffset: 0, places: [] });
  });

  test('are none on a fresh host', () => {
    expect(parseStatus(list.split('\n').slice(0, 2).join('\n'))).toEqual([]);
    expect(parseStatus('')).toEqual([]);
  });

  test('are found by name, number and UUID', () => {
    const host = { name: 'here' } as Host;
    expect(findDomain(domains, 'ended', host).id).toBe(42);
    expect(findDomain(domains, '42', host).id).toBe(42);
    expect(findDomain(domains, '6c776400-0000-8d04-aab1-cfbfe9efb07c', host).id).toBe(42);
    expect(() => findDomain(domains, 'foreign', host)).toThrow(UserError);
    expect(() => findDomain(domains, 'Domain-0', host)).toThrow(/there is no domain "Domain-0" of lwd's on here/);
    expect(() => findDomain(domains, '0', host)).toThrow(UserError);
  });
});

test('of one that was destroyed after it had ended, nobody knows how, once its words have gone', async () => {
  const host = (text: string) =>
    ({ name: 'here', script: async () => ({ exitCode: 0, stdout: text }) }) as unknown as Host;
  const outcome = async (text: string, id: number) => {
    const ended = (await awaitEnds(host(text), [id])).get(id);
    return ended && judgeEnded(ended, undefined);
  };
  expect(await outcome(list + nodes, 45)).toEqual({ kind: 'destroyed' });
  expect(await outcome(list + nodes, 42)).toEqual({ kind: 'exited', status: 7 });
  const words = '/local/domain/45/data/lwd/exit = "v1 code=9"\n';
  expect(await outcome(`${list}${nodes}${words}`, 45)).toEqual({ kind: 'exited', status: 9 });
});

test('placements in every form that xl has', () => {
  const places = parsePlacements(`Domain-0                             0     0    0   r--      51.8  all / all
a                                   41     0    0   ---       0.0  0 / all
a                                   41     1    1   -b-     123.4  0,2-3 / 1
nonsense`);
  expect(places.get(41)?.map(({ hard }) => hard)).toEqual(['0', '0,2-3']);
  expect(places.get(0)).toEqual([{ vcpu: 0, cpu: 0, hard: 'all', soft: 'all' }]);
});
