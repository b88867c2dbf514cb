/** A socket that lwd was started with, in the domain: every byte both ways, for who reads slowly, and both ends of it. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { beforeAll, expect, test } from 'vitest';
import { guestFolder, lwdEnding, startLwd } from './lwd.js';
import { pattern } from './pattern.js';

const cwd = guestFolder('pmi');
/** Without its project, and so without a network. */
const up = ['up', '.lwd/build/pmi', '--memory', '8M'];
const env = { PMI_FD: '3', PMI_RANK: '0', PMI_SIZE: '1' };

// What is said over it is for a real server, of Slurm's: test/e2e/slurm.test.ts.
beforeAll(async () => void (await lwdEnding(0, ['build'], { cwd })));

test('1 MiB each way, while nobody reads what is written; an end each way by itself', async () => {
  const bytes = pattern(1 << 20, false);
  const run = startLwd([...up, '--', 'bytes', String(bytes.length)], { cwd, env, socket: true, holdInput: true });
  const socket = run.process.stdio[3] as Socket;
  socket.end(bytes);
  await run.printed('full\n');
  const got: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => got.push(chunk));
  await once(socket, 'end');
  const all = Buffer.concat(got);
  expect(all.subarray(0, bytes.length).equals(bytes)).toBe(true);
  expect(all.subarray(bytes.length).toString()).toBe('after the end!');
  run.process.stdin?.end();
  expect(await run.ended).toMatchObject({ status: 0, stdout: 'full\ndone\n' });
});

test('one whose other end has gone, in a PVH domain; and --no-pmi', async () => {
  const run = startLwd([...up, '--type', 'pvh', '--', 'broken'], { cwd, env, socket: true });
  (run.process.stdio[3] as Socket).destroy();
  expect(await run.ended).toMatchObject({ status: 4, stderr: '' });
  const without = startLwd([...up, '--no-pmi'], { cwd, env, socket: true });
  expect(await without.ended).toMatchObject({ status: 6, stdout: 'no PMI_FD\n' });
  const wrong = await lwdEnding(78, up, { cwd, env });
  expect(wrong.stderr).toContain('PMI_FD="3" in the environment names no socket');
});
