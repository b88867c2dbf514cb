/** Signals that a batch system sends to every process of a job: who gets them, and what two of them mean. */
import { expect, test } from 'vitest';
import { exec, shieldFromSignals } from '../../../src/sys/exec.js';
import { Interruption } from '../../../src/sys/interruption.js';

const signals = ['TERM', 'INT', 'HUP', 'USR1', 'USR2'];

test.each(signals)('a shielded program is not ended by %s, nor is what it starts; any other is', async (name) => {
  const kill = `kill -${name} $$; sh -c "kill -${name} \\$\\$; echo child"; echo alive`;
  const kills = ['sh', '-c', kill] as const;
  await shieldFromSignals();
  const shielded = await exec([...kills], { timeout: 10_000, shielded: true });
  expect(shielded).toMatchObject({ stdout: 'child\nalive\n', exitCode: 0, command: kills });
  expect((await exec([...kills], { timeout: 10_000 })).signal).toBe(`SIG${name}`);
});

test('its time-out ends it all the same', async () => {
  await shieldFromSignals();
  const ended = await exec(['sleep', '60'], { timeout: 100, shielded: true });
  expect(ended).toMatchObject({ timedOut: true, signal: 'SIGKILL' });
});

test('a second SIGTERM is urgent, unless a batch system may send it; a second SIGINT always is', () => {
  const plain = new Interruption();
  plain.raise('SIGTERM');
  expect(plain.urgent.aborted).toBe(false);
  plain.raise('SIGTERM');
  expect(plain.urgent.aborted).toBe(true);
  const patient = new Interruption();
  patient.bePatient();
  patient.raise('SIGTERM');
  patient.raise('SIGTERM');
  expect([patient.signal.aborted, patient.urgent.aborted, patient.exitCode]).toEqual([true, false, 143]);
  patient.raise('SIGINT');
  expect(patient.urgent.aborted).toBe(true);
});
