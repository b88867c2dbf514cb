/** The audit log, whatever is written into it. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { auditLine } from '../../../src/broker/audit.js';

test('a line of the audit log is a line, whatever a caller calls himself', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
      const entry = {
        request: text,
        decision: 'refused' as const,
        why: text,
        domains: [text],
        what: { kernel: text },
      };
      const line = auditLine({ pid: 1, uid: 2, gid: 3, groups: [], job: undefined }, entry, 't');
      expect(line.indexOf('\n')).toBe(line.length - 1);
      expect(line.length).toBeLessThan(6 * 4 * 210 + 400);
      JSON.parse(line);
    }),
  );
});
