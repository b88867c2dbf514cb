import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ToolError } from '../../../src/errors.js';
import { type ExecOptions, exec, orThrow } from '../../../src/sys/exec.js';

const limit = { timeout: 10_000 };
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lwd-exec-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function sh(text: string, options: Partial<ExecOptions> = {}, ...args: string[]) {
  return exec(['sh', '-c', text, 'sh', ...args], { ...limit, ...options });
}

describe('a program', () => {
  test('that ends well', async () => {
    expect(await sh('echo out; echo err >&2; exit 3')).toMatchObject({
      exitCode: 3,
      stdout: 'out\n',
      stderr: 'err\n',
      timedOut: false,
      aborted: false,
      signal: undefined,
      startError: undefined,
    });
  });

  test('gets its arguments as they are', async () => {
    const args = ['a b', '', '"$HOME"', "it's", '`x`', '\n', 'ü', '*'];
    const { stdout } = await sh('printf "%s|" "$@"', {}, ...args);
    expect(stdout).toBe(`${args.join('|')}|`);
  });

  test('gets text, bytes, a file, or nothing to read', async () => {
    expect((await sh('cat', { input: 'text ü' })).stdout).toBe('text ü');
    expect((await sh('cat | od -An -tx1', { input: new Uint8Array([0, 255]) })).stdout.trim()).toBe('00 ff');
    writeFileSync(join(folder, 'file'), 'of the file');
    expect((await sh('cat', { inputFile: join(folder, 'file') })).stdout).toBe('of the file');
    expect((await sh('cat; echo end')).stdout).toBe('end\n');
  });

  test('need not read what it is given', async () => {
    expect((await sh('exit 0', { input: 'x'.repeat(1 << 20) })).exitCode).toBe(0);
  });

  test('can be talked to', async () => {
    const heard: string[] = [];
    const result = await sh('read a; echo "got $a"; read b || echo end', {
      onStdin: (stdin) => stdin.write('hello\n', () => stdin.end()),
      onStdout: (chunk) => heard.push(Buffer.from(chunk).toString()),
    });
    expect(heard.join('')).toBe('got hello\nend\n');
    expect(result.stdout).toBe('');
  });

  test('keeps characters whole that come in pieces', async () => {
    const { stdout } = await sh("printf '\\303'; sleep 0.1; printf '\\274'");
    expect(stdout).toBe('ü');
  });

  test('has its own environment over ours, and its own folder', async () => {
    const { stdout } = await sh('echo $LWD_X $HOME; pwd', { env: { LWD_X: 'y' }, cwd: folder });
    expect(stdout).toBe(`y ${process.env.HOME}\n${folder}\n`);
  });
});

describe('a program that does not come to its end', () => {
  test('is not there', async () => {
    expect(await exec(['no-such-program-of-lwd'], limit)).toMatchObject({ startError: 'ENOENT', exitCode: undefined });
    writeFileSync(join(folder, 'plain'), '');
    expect(await exec([join(folder, 'plain')], limit)).toMatchObject({ startError: 'EACCES' });
  });

  test('runs out of time', async () => {
    expect(await sh('sleep 60', { timeout: 100 })).toMatchObject({
      timedOut: true,
      aborted: false,
      exitCode: undefined,
    });
  });

  test('runs out of time, and does not listen', async () => {
    const result = await sh('trap "" TERM; echo deaf; while :; do sleep 0.1; done', { timeout: 200 });
    expect(result).toMatchObject({ timedOut: true, signal: 'SIGKILL', stdout: 'deaf\n' });
  });

  test('leaves others behind that hold its output', async () => {
    const result = await sh('sleep 60 & echo started; wait', { timeout: 200 });
    expect(result).toMatchObject({ timedOut: true, stdout: 'started\n' });
  });

  test.each(['timeout', 'signal'] as const)(
    'has ended, and left others behind that hold its output: %s',
    async (how) => {
      const limits = how === 'timeout' ? { timeout: 300 } : { signal: AbortSignal.timeout(300) };
      const began = performance.now();
      const result = await sh('sleep 60 & echo started', limits);
      expect(performance.now() - began).toBeLessThan(30_000);
      expect(result).toMatchObject({ stdout: 'started\n', timedOut: how === 'timeout', aborted: how === 'signal' });
    },
  );

  test('cannot be started with these arguments', async () => {
    const longest = ['x'.repeat(4 << 20)];
    expect(await sh(':', {}, ...longest)).toMatchObject({ startError: 'E2BIG', exitCode: undefined });
    const result = await sh(':', { inputFile: join(folder, 'none') }).catch(
      (error: NodeJS.ErrnoException) => error.code,
    );
    expect(result).toBe('ENOENT');
  });

  test('is not wanted any more, or never was', async () => {
    const controller = new AbortController();
    const run = sh('echo on; sleep 60', {
      signal: controller.signal,
      onStdout: () => controller.abort(),
    });
    expect(await run).toMatchObject({ aborted: true, timedOut: false });
    expect(await sh(`touch ${folder}/ran`, { signal: controller.signal })).toMatchObject({ aborted: true });
    expect(existsSync(join(folder, 'ran'))).toBe(false);
  });

  test('is left to itself', async () => {
    const controller = new AbortController();
    const result = await sh(`echo on; sleep 0.3; touch ${folder}/done`, {
      release: controller.signal,
      shielded: true,
      onStdout: () => controller.abort(),
    });
    expect(result).toMatchObject({ exitCode: undefined, aborted: false, timedOut: false });
    expect(existsSync(join(folder, 'done'))).toBe(false);
    await expect.poll(() => existsSync(join(folder, 'done')), { timeout: 5000 }).toBe(true);
  });

  test('is ended by a signal', async () => {
    expect(await sh('kill -9 $$')).toMatchObject({ signal: 'SIGKILL', exitCode: undefined, timedOut: false });
  });
});

test('orThrow', async () => {
  const good = await sh('exit 0');
  expect(orThrow(good, 'trying')).toBe(good);
  const bad = await sh('seq 20 >&2; exit 4');
  expect(() => orThrow(bad, 'trying', 'there')).toThrow(ToolError);
  expect(() => orThrow(bad, 'trying')).toThrow('trying: sh ended with status 4');
  try {
    orThrow(bad, 'trying', 'there');
  } catch (error) {
    expect(error).toMatchObject({
      host: 'there',
      status: 4,
      stderrTail: expect.stringMatching(/^9\n.*20$/s),
      exitCode: 125,
    });
  }
  const late = await sh('sleep 60', { timeout: 50 });
  expect(() => orThrow(late, 'trying')).toThrow('ran out of time');
});
