/** What is said of a dom0 that says nothing, when its xenstored has died or stands still. */
import { describe, expect, test } from 'vitest';
import { besideXenstored, xenstoredScript, xenstoredTrouble } from '../../../src/host/xenstored.js';
import { type ExecOptions, type ExecResult, exec } from '../../../src/sys/exec.js';

const run = (options: ExecOptions) => exec(['sleep', '60'], options);
const looking = (stdout: string) => async () => ({ exitCode: 0, stdout }) as ExecResult;

describe('a program in dom0 that says nothing', () => {
  test('is not waited for if xenstored has died', async () => {
    const began = performance.now();
    const ended = besideXenstored('h', run, looking('gone\n'), { timeout: 0 });
    await expect(ended).rejects.toThrow('xenstored of h has died');
    expect(performance.now() - began).toBeLessThan(40_000);
  }, 60_000);

  test('and runs out of time is explained, if xenstored stands still', async () => {
    const stopped = besideXenstored('h', run, looking('T\n'), { timeout: 200 });
    await expect(stopped).rejects.toThrow('xenstored of h stands still');
    await expect(besideXenstored('h', run, looking('S\n'), { timeout: 200 })).resolves.toMatchObject({
      timedOut: true,
    });
    const silent = besideXenstored('h', run, () => Promise.reject(new Error('no dom0')), { timeout: 200 });
    await expect(silent).resolves.toMatchObject({ timedOut: true });
  });
});

test('a program that fails is explained if it waited for xenstored to tell it something', async () => {
  const failing = (options: ExecOptions) => exec(['false'], options);
  let looks = 0;
  const look = async () => ({ exitCode: 0, stdout: looks++ === 0 ? 'S\n' : 'gone\n' }) as ExecResult;
  await expect(besideXenstored('h', failing, look, { timeout: 5000 })).resolves.toMatchObject({ exitCode: 1 });
  expect(looks).toBe(0);
  await expect(besideXenstored('h', failing, look, { timeout: 0 })).resolves.toMatchObject({ exitCode: 1 });
  await expect(besideXenstored('h', failing, look, { timeout: 0 })).rejects.toThrow('xenstored of h has died');
});

test('a xenstored that is a domain of its own is none that has died', async () => {
  expect(xenstoredTrouble('', 'h')).toBeUndefined();
  // Here there is neither a process nor its socket.
  const { stdout } = await exec(['sh', '-c', xenstoredScript], { timeout: 10_000 });
  expect(['', 'S\n', 'R\n']).toContain(stdout);
});
