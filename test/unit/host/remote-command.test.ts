import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quoteWord, remoteCommand, remoteScript, scriptCommand } from '../../../src/host/remote-command.js';
import { hostile } from './hostile.js';

/** Prints its arguments, each ended by a NUL. */
const show = ['printf', '%s\\0'];

/** What a login shell makes of the string that ssh hands it. */
function run(shell: string, text: string): string[] {
  return execFileSync(shell, ['-c', text]).toString().split('\0').slice(0, -1);
}

describe('remoteCommand', () => {
  for (const shell of ['sh', 'bash']) {
    it(`hands hostile arguments through ${shell} as they are`, () => {
      expect(run(shell, remoteCommand([...show, ...hostile]))).toEqual(hostile);
    });
  }

  it('hands any text through', () => {
    const text = fc.string({ unit: 'grapheme' }).filter((value) => !value.includes('\0'));
    fc.assert(
      fc.property(fc.array(text, { minLength: 1 }), (args) => {
        expect(run('sh', remoteCommand([...show, ...args]))).toEqual(args);
      }),
      { numRuns: 60 },
    );
  });

  it('refuses NUL', () => {
    expect(() => quoteWord('a\0b')).toThrow(/NUL/);
  });

  it('leaves plain words readable', () => {
    expect(remoteCommand(['xl', 'list', '-v'])).toBe('exec xl list -v');
  });
});

describe('remoteScript', () => {
  it('gives a script its parameters, and none if there are none', () => {
    const text = 'printf "%s\\0" "$#" "$@"';
    expect(run('sh', remoteScript(text, hostile))).toEqual([String(hostile.length), ...hostile]);
    expect(run('sh', remoteScript(text, []))[0]).toBe('0');
  });

  it('does the same as a shell of its own', () => {
    const text = 'for a; do printf "%s\\0" "$a"; done; printf "%s\\0" "$#"';
    const direct = run('sh', remoteScript(text, hostile));
    expect(run('sh', remoteCommand(scriptCommand(text, hostile)))).toEqual(direct);
  });
});
