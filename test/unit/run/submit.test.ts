/** Submitting, with programs that stand in for a batch system's. */
import { expect, test } from 'vitest';
import { submit } from '../../../src/run/submit.js';

const waiting = "cat >/dev/null; echo '4;cluster'; exec sleep 60";

test('interrupted, who waits for a job learns that it goes on, and which it is', async () => {
  const interruption = new AbortController();
  const left: string[] = [];
  const submitted = submit(['sh', '-c', waiting], '#!/bin/sh\n', true, interruption.signal, (job) => left.push(job));
  setTimeout(() => interruption.abort(new Error('interrupted')), 500);
  await expect(submitted).rejects.toThrow('interrupted');
  expect(left).toEqual(['4']);
});

test('a job that was not taken is none that goes on', async () => {
  const never = new AbortController().signal;
  const left: string[] = [];
  const refused = submit(['sh', '-c', 'echo no >&2; exit 1'], '', true, never, (job) => left.push(job));
  await expect(refused).rejects.toThrow('submitting the job');
  const taken = submit(['sh', '-c', 'echo 7; exit 3'], '', true, never, (job) => left.push(job));
  expect(await taken).toEqual({ job: '7', status: 3 });
  expect(left).toEqual([]);
});
