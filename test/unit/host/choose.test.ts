import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { chooseHost, chooseHostName } from '../../../src/host/choose.js';
import { isControlDomain } from '../../../src/host/local.js';

beforeEach(() => vi.stubEnv('LWD_HOST', ''));
afterEach(() => vi.unstubAllEnvs());

it('the flag wins, then the environment, then the project', async () => {
  vi.stubEnv('LWD_HOST', 'ssh://b');
  expect(await chooseHostName({ flag: 'ssh://a', project: 'ssh://c' })).toEqual({ name: 'ssh://a', because: '--host' });
  expect(await chooseHostName({ project: 'ssh://c' })).toEqual({ name: 'ssh://b', because: 'LWD_HOST' });
  vi.stubEnv('LWD_HOST', '');
  expect(await chooseHostName({ project: 'ssh://c' })).toEqual({ name: 'ssh://c', because: 'lwd.yaml' });
});

it('without a wish it is what is here', async () => {
  const expected = (await isControlDomain()) ? 'local' : 'embedded';
  expect((await chooseHostName({})).name).toBe(expected);
});

it('makes a host of every kind without starting or connecting anything', async () => {
  for (const flag of ['local', 'embedded', 'embedded-icount', 'ssh://root@node']) {
    expect((await chooseHost({ flag })).name).toBe(flag);
  }
});

it('names what settled a wrong name', async () => {
  vi.stubEnv('LWD_HOST', 'embeded');
  await expect(chooseHost({})).rejects.toThrow(/LWD_HOST: "embeded" is no host/);
});
