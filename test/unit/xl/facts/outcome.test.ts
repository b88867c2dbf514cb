import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { endReason, judgeEnd, type Outcome, outcomeText, statusOf } from '../../../../src/xl/facts/outcome.js';

const nothing = { exit: undefined, crash: undefined };

describe('an orderly end', () => {
  test.each([0, 1, 42, 254, 255])('with status %d', (status) => {
    const outcome = judgeEnd('poweroff', { ...nothing, exit: `v1 code=${status}` });
    expect(outcome).toEqual({ kind: 'exited', status });
    expect(statusOf(outcome)).toBe(status);
  });

  test('with more words than this version knows', () => {
    expect(judgeEnd('poweroff', { ...nothing, exit: 'v1 code=3 t=17' })).toEqual({ kind: 'exited', status: 3 });
  });

  test('without a word is no success', () => {
    expect(statusOf(judgeEnd('poweroff', nothing))).toBe(76);
  });

  test.each([
    '',
    'v1',
    'v1 code=',
    'v1 code=256',
    'v1 code=-1',
    'v1 code=00',
    'v1 code=0x1',
    'v2 code=0',
    ' v1 code=0',
    'v1 code=0\n',
    'v1 code=0 \u001b[31m',
    'v1 code=1e1',
    'V1 code=0',
  ])('that says %j is no success', (exit) => {
    expect(statusOf(judgeEnd('poweroff', { ...nothing, exit }))).toBe(76);
  });
});

describe('a crash', () => {
  test('as the guest tells it', () => {
    const outcome = judgeEnd('crash', { ...nothing, crash: 'v1 signal=8 division by zero' });
    expect(outcome).toEqual({ kind: 'crashed', signal: 8, what: 'division by zero', reported: true });
    expect(statusOf(outcome)).toBe(136);
  });

  test('beats an exit status', () => {
    expect(statusOf(judgeEnd('crash', { exit: 'v1 code=0', crash: undefined }))).toBe(139);
    expect(statusOf(judgeEnd('watchdog', { exit: 'v1 code=0', crash: undefined }))).toBe(134);
  });

  test('without a word is a memory fault that Xen could not hand on', () => {
    expect(judgeEnd('crash', nothing)).toMatchObject({ kind: 'crashed', signal: 11, reported: false });
  });

  test.each(['v1 signal=0 x', 'v1 signal=32 x', 'v1 signal=-6 x', 'v1 signal=99999 x', 'signal=6', ''])(
    'told as %j is an abort',
    (crash) => {
      expect(judgeEnd('crash', { ...nothing, crash })).toMatchObject({ kind: 'crashed', signal: 6 });
    },
  );

  test('cannot reach a terminal with its words', () => {
    const outcome = judgeEnd('crash', { ...nothing, crash: 'v1 signal=6 \u001b]0;title\u0007\nnext line' });
    expect(outcome).toMatchObject({ what: '\\x1b]0;title\\x07 next line' });
  });
});

describe('other ends', () => {
  test.each(['reboot', 'suspend', 'soft-reset', 'unknown'] as const)('%s', (reason) => {
    expect(statusOf(judgeEnd(reason, { ...nothing, exit: 'v1 code=0' }))).toBe(76);
  });

  test('destroyed by somebody', () => {
    expect(statusOf(judgeEnd('gone', { ...nothing, exit: 'v1 code=0' }))).toBe(137);
  });

  test('numbers of Xen', () => {
    expect([0, 1, 2, 3, 4, 5, 6, 255].map(endReason)).toEqual([
      'poweroff',
      'reboot',
      'suspend',
      'crash',
      'watchdog',
      'soft-reset',
      'unknown',
      'unknown',
    ]);
  });
});

test('a guest cannot pass for successful but by ending well', () => {
  const words = fc.option(fc.string({ unit: 'binary' }), { nil: undefined });
  fc.assert(
    fc.property(fc.nat(255), words, words, (code, exit, crash) => {
      const reason = endReason(code);
      const outcome = judgeEnd(reason, { exit, crash });
      const status = statusOf(outcome);
      expect(status).toBeGreaterThanOrEqual(0);
      expect(status).toBeLessThanOrEqual(255);
      if (status === 0) {
        expect(reason).toBe('poweroff');
        expect(exit).toMatch(/^v1 code=0( |$)/);
      }
    }),
  );
});

test('as a word', () => {
  const texts: [Outcome, string][] = [
    [{ kind: 'exited', status: 3 }, 'exited(3)'],
    [{ kind: 'crashed', signal: 11, what: '', reported: true }, 'crashed(SIGSEGV)'],
    [{ kind: 'crashed', signal: 31, what: '', reported: true }, 'crashed(signal 31)'],
    [{ kind: 'destroyed' }, 'destroyed'],
  ];
  for (const [outcome, text] of texts) expect(outcomeText(outcome)).toBe(text);
});
