import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { askedEnvironment } from '../../../src/run/environment.js';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lwd-environment-'));
  file = join(folder, 'variables');
});

afterEach(() => rmSync(folder, { recursive: true }));

test('what is written on the command line is no secret, and stays as it is', async () => {
  expect(await askedEnvironment({}, {})).toEqual({ env: undefined, secret: undefined });
  expect(await askedEnvironment({ env: ['A=b=c', 'D='] }, {})).toEqual({ env: ['A=b=c', 'D='], secret: undefined });
});

test('a name alone has the value of our own variable, which is one', async () => {
  const asked = await askedEnvironment({ env: ['TOKEN', 'A=b'] }, { TOKEN: 'x y' });
  expect(asked).toEqual({ env: ['TOKEN=x y', 'A=b'], secret: expect.any(Number) });
  await expect(askedEnvironment({ env: ['TOKEN'] }, {})).rejects.toThrow("--env: lwd's own environment has no TOKEN");
});

test('a file says more, which the command line can change', async () => {
  writeFileSync(file, '# comment\n\nA= one "two" # three\nTOKEN\nEMPTY=\n');
  const asked = await askedEnvironment({ env: ['A=b'], 'env-file': [file] }, { TOKEN: 't' });
  expect(asked).toEqual({
    env: ['A= one "two" # three', 'TOKEN=t', 'EMPTY=', 'A=b'],
    secret: expect.any(Number),
  });
});

test('what is wrong in a file is told by its line, and not shown', async () => {
  for (const [text, line] of [
    ['A=b\nhunter2 is it\n', 'line 2: neither'],
    ['=hunter2', 'line 1: neither'],
    ['B\n', "line 1: lwd's own environment has no B"],
  ]) {
    writeFileSync(file, text ?? '');
    const failure = await askedEnvironment({ 'env-file': [file] }, {}).catch((error: Error) => error);
    expect(String(failure)).toContain(line);
    expect(JSON.stringify(failure)).not.toContain('hunter2');
  }
  const missing = askedEnvironment({ 'env-file': [join(folder, 'none')] }, {});
  await expect(missing).rejects.toThrow(/there is no file .*none/);
});
