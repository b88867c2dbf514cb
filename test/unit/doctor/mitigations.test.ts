/** What Xen logged and what its command line says, as doctor tells it. */
import { describe, expect, test } from 'vitest';
import { readMitigations } from '../../../src/doctor/mitigations.js';

const log = (xpti: string, l1tf: string) => `(XEN) Speculative mitigation facilities:
(XEN)   Xen settings: BTI-Thunk: JMP, SPEC_CTRL: No, Other:
(XEN)   XPTI (64-bit PV only): Dom0 enabled, DomU ${xpti} (without PCID)
(XEN)   PV L1TF shadowing: Dom0 disabled, DomU ${l1tf}
`;

test('both on, and nothing turned off', () => {
  expect(readMitigations(log('enabled', 'enabled'), 'console=com1 dom0_mem=1G')).toEqual({
    text: 'PV domains and the processor: page tables apart (XPTI) on; L1TF shadowing on',
    isWeakened: false,
  });
});

test('off by Xen’s own judgement is no weakness', () => {
  const { text, isWeakened } = readMitigations(log('disabled', 'enabled'), '');
  expect(text).toContain('(XPTI) off, since Xen finds that this processor does without; L1TF shadowing on');
  expect(isWeakened).toBe(false);
});

test('off by the command line is, and the words are shown', () => {
  const { text, isWeakened } = readMitigations(log('disabled', 'disabled'), 'a=b spec-ctrl=no,eager-fpu xpti=no');
  expect(text).toContain(
    "(XPTI) off; L1TF shadowing off; turned off on Xen's command line: spec-ctrl=no,eager-fpu xpti=no",
  );
  expect(isWeakened).toBe(true);
});

test('a log that may not be read, or has lost its beginning', () => {
  expect(readMitigations(undefined, '').text).toContain('(XPTI) not told (xl dmesg); L1TF shadowing not told');
  expect(readMitigations('(XEN) later lines', 'xpti=0').isWeakened).toBe(true);
});

describe('the command line', () => {
  test.each(['spec-ctrl=no', 'spec-ctrl=no-xen', 'spec-ctrl=pv=no', 'xpti=dom0=1,domu=0', 'pv-l1tf=off', 'no-xpti'])(
    '%s',
    (word) => {
      expect(readMitigations('', word).isWeakened).toBe(true);
    },
  );

  test.each(['spec-ctrl=md-clear', 'xpti=on', 'xpti', 'xptix=no', 'spec-ctrl=eager-fpu', 'noreboot'])(
    '%s does not',
    (word) => {
      expect(readMitigations('', word).isWeakened).toBe(false);
    },
  );
});
