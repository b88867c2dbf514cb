import { expect, test } from 'vitest';
import { HostError, ToolError } from '../../../src/errors.js';
import { type ExecOptions, exec } from '../../../src/sys/exec.js';
import { passOn, type Stage } from '../../../src/sys/pass-on.js';

function stage(what: string, text: string): Stage {
  return { what, run: (options: ExecOptions) => exec(['sh', '-c', text], options) };
}

/** Reads all of it, and fails unless it is so many bytes. */
const counts = (bytes: number) => stage('counting', `[ "$(wc -c)" -eq ${bytes} ]`);

test('all of it arrives, whatever its size, and is not kept here', async () => {
  const before = process.memoryUsage().rss;
  const size = 500 * 2 ** 20;
  await passOn(stage('making', `head -c ${size} /dev/zero`), counts(size));
  expect(process.memoryUsage().rss - before).toBeLessThan(100 * 2 ** 20);
});

test('nothing at all arrives too', async () => {
  await passOn(stage('making', ':'), counts(0));
});

test('what the first has against it is told, though the second had enough', async () => {
  const failing = passOn(stage('making', 'echo some; echo why >&2; exit 7'), stage('taking', 'cat >/dev/null'));
  await expect(failing).rejects.toMatchObject({ status: 7, stderrTail: 'why' });
});

test('a first that breaks off is told, and not that the second missed the end', async () => {
  const failing = passOn(stage('making', 'echo some; exit 7'), stage('taking', 'cat >/dev/null; exit 2'));
  await expect(failing).rejects.toMatchObject({ message: expect.stringContaining('making'), status: 7 });
});

test('a second that takes no more ends the first, and is told', async () => {
  const endless = stage('making', 'exec yes');
  const failing = passOn(endless, stage('taking', 'head -c 1000000 >/dev/null; echo full >&2; exit 3'));
  await expect(failing).rejects.toMatchObject({ message: expect.stringContaining('taking'), stderrTail: 'full' });
});

test('a program that does not start ends the other', async () => {
  const missing: Stage = { what: 'taking', run: (options) => exec(['no-such-program'], options) };
  await expect(passOn(stage('making', 'exec yes'), missing)).rejects.toThrow('taking: no-such-program could not be');
  await expect(passOn(missing, stage('counting', 'cat'))).rejects.toBeInstanceOf(ToolError);
});

test('a host that is lost ends the program here', async () => {
  const lost: Stage = { what: 'taking', run: () => Promise.reject(new HostError('lost the connection')) };
  await expect(passOn(stage('making', 'exec yes'), lost)).rejects.toThrow('lost the connection');
});
