/** The size of domains: what dom0's tools print, and what is made of it. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type BalloonPhase, balloonStep, judge, parseMemory } from '../../../../src/xl/change/memory.js';
import { parseSelector, selects } from '../../../../src/xl/observed/selection.js';
import type { DomainStatus } from '../../../../src/xl/observed/status.js';

/** Recorded from Xen 4.20. */
const recorded = `Name                                        ID   Mem VCPUs	State	Time(s)   UUID                            Reason-Code	Security Label
Domain-0                                     0  1024     2     r-----     188.3 00000000-0000-0000-0000-000000000000        -                -
mb                                          23    48     1     -b----       0.4 6c776400-39c4-8696-b850-3489bf487e93        -                -
--- nodes
/local/domain/23/memory/target = "49152"
/local/domain/23/memory/static-max = "327680"
/local/domain/23/data/lwd/memory = "v1 kib=49152 target=49152 free=45056"
`;
const mb = { name: 'mb', id: 23, uuid: '6c776400-39c4-8696-b850-3489bf487e93' };

test('what Xen counts, what is wanted, what is free', () => {
  expect(parseMemory(recorded, [mb])).toEqual([{ name: 'mb', id: 23, current: 48, target: 48, most: 320, free: 44 }]);
});

test('a domain that is gone has nothing, and another of its number is another', () => {
  const other = { ...mb, uuid: '6c776400-0000-8000-8000-000000000000' };
  expect(parseMemory(recorded, [other])[0]).toMatchObject({ current: undefined });
});

test("a guest's own words are believed only in their form", () => {
  fc.assert(
    fc.property(fc.string(), (words) => {
      const text = recorded.replace('v1 kib=49152 target=49152 free=45056', JSON.stringify(words).slice(1, -1));
      const [memory] = parseMemory(text, [mb]);
      expect(memory).toMatchObject({ current: 48, target: 48, most: 320 });
      if (!/^v1 kib=\d+ target=\d+ free=\d+$/.test(words)) expect(memory?.free).toBeUndefined();
    }),
  );
});

test('judged by what Xen counts', () => {
  const memory = { name: 'mb', id: 23, current: 60, target: 32, most: 320, free: 1 };
  expect(judge(memory, 60, '')).toMatchObject({ reached: true, complaint: undefined });
  expect(judge({ ...memory, current: 33 }, 32, '')).toMatchObject({ reached: true });
  expect(judge(memory, 32, '')).toMatchObject({
    ...{ reached: false, phase: 'moving', complaint: 'what it has in use stays with it' },
  });
  expect(judge(memory, 32, '', true)).toMatchObject({
    phase: 'moving',
    complaint: expect.stringMatching(/^it is paused/),
  });
  expect(judge({ ...memory, target: 320 }, 320, '')).toMatchObject({ complaint: 'the host did not give it more' });
  expect(judge(memory, 64, '23 libxl: error: no\n2 other\n')).toMatchObject({
    ...{ phase: 'overruled', complaint: 'libxl: error: no' },
  });
  expect(judge({ ...memory, current: undefined }, 64, '')).toMatchObject({
    ...{ phase: 'gone', complaint: 'it has ended' },
  });
});

const size = fc.option(fc.integer({ min: 4, max: 64 }), { nil: undefined });
const looks = fc.array(fc.record({ current: size, target: size }), { minLength: 1, maxLength: 10 });
const after = (seen: readonly { current: number | undefined; target: number | undefined }[], wanted: number) =>
  seen.reduce((phase: BalloonPhase, look) => balloonStep(phase, look, wanted), 'moving');

test('a domain that has come to an end of its way stays there, whatever is seen of it later', () => {
  fc.assert(
    fc.property(looks, looks, fc.integer({ min: 4, max: 64 }), (first, later, wanted) => {
      const phase = after(first, wanted);
      if (phase !== 'moving') expect(after([...first, ...later], wanted)).toBe(phase);
      expect(
        after(
          first.flatMap((look) => [look, look]),
          wanted,
        ),
      ).toBe(phase);
    }),
  );
});

test('it is on its way as long as it is there, is not there yet, and is wanted there', () => {
  fc.assert(
    fc.property(looks, fc.integer({ min: 4, max: 64 }), (seen, wanted) => {
      const isOnItsWay = ({ current, target }: (typeof seen)[number]) =>
        current !== undefined && Math.abs(current - wanted) > 1 && (target === undefined || target === wanted);
      expect(after(seen, wanted) === 'moving').toBe(seen.every(isOnItsWay));
    }),
  );
  expect(
    after(
      [
        { current: 60, target: 32 },
        { current: 33, target: 32 },
      ],
      32,
    ),
  ).toBe('reached');
  expect(after([{ current: 60, target: 48 }], 32)).toBe('overruled');
  expect(after([{ current: undefined, target: undefined }], 32)).toBe('gone');
});

test('selectors', () => {
  const domain = { name: 'job-7', state: 'paused', uuid: 'u', record: { owner: 'me@here:1' } } as DomainStatus;
  const yes = ['name=job-7', 'name=job-*', 'name=*', 'name=j*b*7', 'state=paused,name=*-7', 'owner=me@*', 'group='];
  for (const text of yes) expect(selects(parseSelector(text), domain), text).toBe(true);
  const no = [
    'name=job',
    'name=job-7*8',
    'name=*x*',
    'name=job-*-7',
    'state=running',
    'state=paused,name=x',
    'image=*a',
  ];
  const crashed = { ...domain, state: 'ended', outcome: { kind: 'crashed', signal: 11 } } as DomainStatus;
  for (const text of ['state=ended', 'state=crashed', 'state=crashed(SIGSEGV)', 'state=cr*']) {
    expect(selects(parseSelector(text), crashed), text).toBe(true);
  }
  expect(selects(parseSelector('state=exited'), crashed)).toBe(false);
  expect(() => parseSelector('state=done')).toThrow('"done" is no state');
  for (const text of no) expect(selects(parseSelector(text), domain), text).toBe(false);
  for (const text of ['', 'name', '=x', 'colour=red', 'name=x,', 'toString=x']) {
    expect(() => parseSelector(text)).toThrow('selector');
  }
});
