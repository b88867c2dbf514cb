import { describe, expect, test } from 'vitest';
import { HostError, ToolError, UserError } from '../../../src/errors.js';
import { describeFailure, failureText } from '../../../src/report/failure.js';

describe('who must act', () => {
  test('the user', () => {
    const failure = describeFailure(new UserError('lwd.yaml:3 name: wrong', { next: ['mend it'] }));
    expect(failure).toEqual({ kind: 'user', message: 'lwd.yaml:3 name: wrong', next: ['mend it'], exitCode: 78 });
    expect(failureText(failure)).toBe('lwd: lwd.yaml:3 name: wrong\n  next: mend it');
  });

  test('whoever looks after a tool', () => {
    const error = new ToolError(
      'the host refused the domain',
      { command: ['xl', 'create', 'a b', "it's"], host: 'embedded', status: 3, stderrTail: 'no\nreally \u001b[31m' },
      { exit: 'cannotCreate' },
    );
    const failure = describeFailure(error);
    expect(failure).toMatchObject({ kind: 'tool', exitCode: 73, status: 3, host: 'embedded' });
    expect(failureText(failure)).toBe(
      [
        'lwd: the host refused the domain',
        "  command: xl create 'a b' 'it'\\''s'",
        '  on host: embedded',
        '  | no',
        '  | really \\x1b[31m',
      ].join('\n'),
    );
  });

  test('whoever looks after the host', () => {
    expect(describeFailure(new HostError('gone', { exit: 'outcomeUnknown' }))).toMatchObject({
      kind: 'host',
      exitCode: 75,
    });
    expect(describeFailure(new HostError('gone'))).toMatchObject({ kind: 'host', exitCode: 69 });
  });

  test('whoever typed the command', () => {
    const error = Object.assign(new Error('Nonexistent flag: --x\nSee more help with --help'), { oclif: { exit: 2 } });
    expect(describeFailure(error, { command: 'up', known: [] })).toEqual({
      kind: 'usage',
      message: '--x: lwd up has no such flag',
      next: ['lwd up --help'],
      exitCode: 64,
    });
  });

  test('we ourselves: with the stack', () => {
    const failure = describeFailure(new TypeError('undefined is not a function'));
    expect(failure).toMatchObject({ kind: 'defect', exitCode: 70 });
    expect(failureText(failure)).toContain('failure.test.ts');
    expect(failureText(failure)).toContain('lwd: internal error: undefined is not a function');
    expect(describeFailure('a string')).toMatchObject({ kind: 'defect', message: 'a string' });
  });
});
