/** What of the host's state a caller is shown. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { visibleText } from '../../../src/broker/visible.js';
import { newUuid, ownerOf } from '../../../src/xl/facts/domain-record.js';
import { alice, bob, row } from './served.js';

describe('what is seen', () => {
  const uid = fc.constantFrom(alice, bob);
  const domain = fc.record({
    uid: fc.option(uid),
    id: fc.integer({ min: 1, max: 999 }),
    name: fc.stringMatching(/^[A-Za-z][A-Za-z0-9._-]{0,20}$/),
  });

  test('is never a line of somebody else’s', () => {
    fc.assert(
      fc.property(fc.uniqueArray(domain, { selector: ({ id }) => id, maxLength: 6 }), (domains) => {
        const known = domains.map((each) => ({ ...each, uuid: newUuid(each.uid ?? undefined) }));
        const text = [
          ...known.map(({ name, id, uuid }) => row(name, id, uuid)),
          '--- records',
          ...known.map(({ id }) => `/local/domain/${id}/lwd/domain: mark-${id}-`),
          '--- nodes',
          ...known.map(({ id }) => `/local/domain/${id}/data/lwd/exit = "mark-${id}-"`),
          '--- vcpus',
          ...known.map(({ name, id }) => `${name}   ${id}     0    1   -b-       1.0  mark-${id}- / all`),
          '--- counters',
          ...known.map(({ id }) => `/sys/class/net/vif${id}.0/statistics/rx_bytes 1 mark-${id}-`),
          'something else that nobody knows mark-0-',
        ].join('\n');
        const seen = visibleText(text, (uuid) => ownerOf(uuid) === alice);
        const own = known.filter((each) => each.uid === alice);
        expect(new Set([...seen.matchAll(/mark-(\d+)-/g)].map(([, id]) => Number(id)))).toEqual(
          new Set(own.map(({ id }) => id)),
        );
        for (const { uuid } of known.filter((each) => each.uid !== alice)) expect(seen).not.toContain(uuid);
        for (const { uuid } of own) expect(seen).toContain(uuid);
      }),
    );
  });
});
