/** What is made of PMI_FD: what a domain is told, what cannot be, and that nothing happens where it is not. */
import { closeSync, openSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../../src/errors.js';
import { inheritedPmi, missedPmi, whyNoPmi, withPmi } from '../../../src/run/pmi.js';
import type { DomainWish } from '../../../src/xl/spec/spec.js';

describe('PMI_FD', () => {
  test('that is not there is nothing, unless it was asked for', () => {
    expect(inheritedPmi({}, undefined)).toBeUndefined();
    expect(inheritedPmi({ PMI_FD: '' }, undefined)).toBeUndefined();
    expect(() => inheritedPmi({}, true)).toThrow(UserError);
  });

  test('of PMIx there is none: who asks is told why, and who does not is told too', () => {
    const pmix = { PMIX_RANK: '0', PMIX_NAMESPACE: 'slurm.pmix.4.0' };
    expect(() => inheritedPmi(pmix, true)).toThrow('PMIx, which lwd cannot hand through');
    expect(missedPmi(pmix, undefined)).toContain('srun --mpi=pmi2');
    expect([missedPmi(pmix, false), missedPmi({ ...pmix, PMI_FD: '3' }, undefined), missedPmi({}, undefined)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test.each(['nonsense', '-1', '0', '1', '2', '3x', '999999', '1e1'])(
    '%s is refused, and not looked at with --no-pmi',
    (text) => {
      expect(() => inheritedPmi({ PMI_FD: text }, undefined)).toThrow('names no socket of this process');
      expect(inheritedPmi({ PMI_FD: text }, false)).toBeUndefined();
      expect(inheritedPmi({ PMI_FD: text, LWD_BATCH: 'none' }, undefined)).toBeUndefined();
    },
  );

  test('of a file is refused', () => {
    const file = openSync('/dev/null', 'r');
    expect(() => inheritedPmi({ PMI_FD: String(file) }, undefined)).toThrow('names no socket');
    closeSync(file);
  });

  test("of a socket comes with the launcher's variables, and no others", async () => {
    const server = createServer().listen(join(tmpdir(), `lwd-pmi-${process.pid}`));
    const { fd } = (server as unknown as { _handle: { fd: number } })._handle;
    const env = { PMI_FD: String(fd), PMI_RANK: '2', PMI_JOBID: '7.0', PMIX_RANK: '2', SLURM_PROCID: '2' };
    const variables = { PMI_FD: String(fd), PMI_RANK: '2', PMI_JOBID: '7.0' };
    expect(inheritedPmi(env, undefined)).toEqual({ descriptor: fd, variables });
    await new Promise((resolve) => server.close(resolve));
  });
});

const wish = { env: { PMI_RANK: 'mine', A: 'b' }, kernel: { hasStream: true } } as unknown as DomainWish;

test('a domain is told what the launcher says, unless the user says otherwise; a number that it cannot have is another', () => {
  const variables = { PMI_FD: '20', PMI_RANK: '2', PMI_SIZE: '4' };
  expect(withPmi(wish, { descriptor: 20, variables })).toMatchObject({
    stream: 20,
    env: { PMI_FD: '20', PMI_RANK: 'mine', PMI_SIZE: '4', A: 'b' },
  });
  expect(withPmi(wish, { descriptor: 1024, variables })).toMatchObject({ stream: 3, env: { PMI_FD: '3' } });
});

test('who cannot have it', () => {
  expect(whyNoPmi([wish], { detached: false })).toBeUndefined();
  expect(whyNoPmi([wish, wish], { detached: false })).toContain('several domains');
  expect(whyNoPmi([wish], { detached: true })).toContain('--detach');
  const older = { ...wish, kernel: {} } as DomainWish;
  expect(whyNoPmi([older], { detached: false })).toContain('build it again');
});
