/** What a lost connection means to whoever sent the work. */
import { expect, it } from 'vitest';
import { HostError } from '../../../src/errors.js';
import { exitCodes } from '../../../src/exit-codes.js';
import { LostConnection, withDoubt, withoutDoubt } from '../../../src/host/lost.js';

const lose = () => Promise.reject(new LostConnection('far', 'xl create', ['look at the cable']));

it('where nothing can have been done there is no doubt', async () => {
  await expect(withoutDoubt(lose, 'no domain was made')).rejects.toMatchObject({
    message: 'lost the connection to far; no domain was made',
    exitCode: exitCodes.noHost.code,
    next: ['look at the cable'],
  });
});

it('else the doubt is told, and how to find out', async () => {
  await expect(withDoubt(lose, 'mem get --all')).rejects.toMatchObject({
    exitCode: exitCodes.outcomeUnknown.code,
    next: ['whether it was done is not known; see: lwd mem get --all --host far', 'look at the cable'],
  });
});

it('other errors stay what they are', async () => {
  const other = new HostError('no');
  await expect(withoutDoubt(() => Promise.reject(other), '')).rejects.toBe(other);
  await expect(withDoubt(() => Promise.reject(other), 'ps')).rejects.toBe(other);
  expect(await withDoubt(async () => 3, 'ps')).toBe(3);
});
