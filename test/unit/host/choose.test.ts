import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { chooseHost, chooseHostName, chooseHosts } from '../../../src/host/choose.js';
import { isControlDomain } from '../../../src/host/local.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lwd-choose-'));
  vi.stubEnv('LWD_HOST', '');
  vi.stubEnv('XDG_CONFIG_HOME', join(folder, 'own'));
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

it('the flag wins, then the environment, then the project', async () => {
  vi.stubEnv('LWD_HOST', 'ssh://b');
  expect(await chooseHostName({ flag: 'ssh://a', project: 'ssh://c' })).toMatchObject({
    name: 'ssh://a',
    because: '--host',
  });
  expect(await chooseHostName({ project: 'ssh://c' })).toMatchObject({ name: 'ssh://b', because: 'LWD_HOST' });
  vi.stubEnv('LWD_HOST', '');
  expect(await chooseHostName({ project: 'ssh://c' })).toMatchObject({ name: 'ssh://c', because: 'lwd.yaml' });
});

it('without a wish it is what is here', async () => {
  const expected = (await isControlDomain()) ? 'local' : 'embedded';
  expect((await chooseHostName({})).name).toBe(expected);
});

it('a broker that is named stands between lwd and this dom0, and is no host of its own', async () => {
  vi.stubEnv('LWD_BROKER', join(folder, 'broker.sock'));
  expect(await chooseHostName({})).toMatchObject({ name: 'local', because: 'LWD_BROKER' });
  const host = await chooseHost({});
  expect(host.broker).toBeDefined();
  await expect(host.capabilities()).rejects.toThrow(`broker at ${join(folder, 'broker.sock')} cannot be reached`);
  expect((await chooseHost({ flag: 'embedded' })).broker).toBeUndefined();
});

it('makes a host of every kind without starting or connecting anything', async () => {
  for (const flag of ['local', 'embedded', 'embedded:two', 'embedded-icount', 'ssh://root@node']) {
    expect((await chooseHost({ flag })).name).toBe(flag);
  }
});

it('names what settled a wrong name', async () => {
  vi.stubEnv('LWD_HOST', 'embeded');
  await expect(chooseHost({})).rejects.toThrow(/LWD_HOST: "embeded" is no host/);
});

describe('hosts by name', () => {
  const write = (own: string, project = '') => {
    mkdirSync(join(folder, 'own/lwd'), { recursive: true });
    writeFileSync(join(folder, 'own/lwd/config.yaml'), own);
    writeFileSync(join(folder, 'lwd.yaml'), project);
  };
  const names = async (flag: string) => (await chooseHosts({ flag, directory: folder })).map(({ name }) => name);

  it("are the user's own and the project's, which wins; a group is its members; each address comes once", async () => {
    write(
      'hosts:\n  a: ssh://root@a\n  b: embedded:b\n  lab: [a, b, ssh://root@c]\n',
      'name: x\nhosts: {b: embedded:other, all: [lab, d], d: ssh://root@a}\n',
    );
    expect(await names('lab')).toEqual(['a', 'b', 'ssh://root@c']);
    expect(await names('all')).toEqual(['a', 'b', 'ssh://root@c']);
    expect(await names('ssh://root@a, b,embedded')).toEqual(['ssh://root@a', 'b', 'embedded']);
    expect(await chooseHostName({ flag: 'b', directory: folder })).toMatchObject({ address: 'embedded:other' });
  });

  it('several are too many where one is wanted', async () => {
    write('hosts: {lab: [local, embedded]}');
    const one = chooseHost({ flag: 'lab', directory: folder });
    await expect(one).rejects.toMatchObject({ message: '--host names 2 hosts, and this takes one', exitCode: 64 });
  });

  it('what is wrong with them has its line', async () => {
    write('hosts:\n  a: ssh://root@a\n  embedded: local\nhots: {}\n');
    await expect(names('a')).rejects.toThrow(/config\.yaml:3:3 hosts: "embedded" is not allowed as a name/);
    await expect(names('a')).rejects.toThrow(/config\.yaml:4:1 hots: is not known here; did you mean "hosts"\?/);
    write('hosts:\n  lab: [a, nod7]\n  a: embedded\n');
    await expect(names('lab')).rejects.toThrow(/config\.yaml:2 hosts\.lab: "nod7" is no host/);
    write('hosts:\n  a: [b]\n  b: [a]\n');
    await expect(names('a')).rejects.toThrow(/the group "a" is a member of itself/);
    await expect(names('embeded')).rejects.toThrow(/"embeded" is no host; did you mean "embedded"\?/);
    await expect(names('embedded:Two')).rejects.toThrow(/"embedded:Two" is no host/);
  });
});
