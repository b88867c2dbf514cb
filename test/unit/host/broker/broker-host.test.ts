/** lwd's side of the broker: a real one behind a socket, and what the rest of lwd sees of it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { exitCodes } from '../../../../src/exit-codes.js';
import { BrokerHost } from '../../../../src/host/broker/broker-host.js';
import { sha256 } from '../../../../src/sys/digest.js';
import { listenLocal } from '../../../../src/sys/local-socket.js';
import { listDomains } from '../../../../src/xl/observed/status.js';
import { findRoom } from '../../../../src/xl/place/place.js';
import { autoCpus } from '../../../../src/xl/spec/spec.js';
import { bareSettings } from '../../../../src/xl/spec/wish.js';
import { alice, type ServedBroker, serveBroker } from '../../broker/served.js';

let served: ServedBroker;
let folder: string;

beforeEach(async () => {
  served = await serveBroker();
  folder = served.folder;
});

afterEach(() => served.stop());

describe("lwd's side", () => {
  /** What the front does: says who it is, and carries bytes. */
  async function hostOf(uid: number): Promise<{ host: BrokerHost; close(): Promise<void> }> {
    const outer = join(folder, `outer-${uid}`);
    const front = await listenLocal(outer, (caller) => {
      const inner = connect({ path: served.socket });
      inner.write(`lwd1 1 ${uid} ${uid} \n`);
      for (const [one, other] of [
        [caller, inner],
        [inner, caller],
      ] as const) {
        one.on('error', () => other.destroy());
        one.pipe(other);
      }
    });
    return { host: new BrokerHost(outer), close: () => front.close() };
  }

  test('looks as a host does to the rest of lwd', async () => {
    const { host, close } = await hostOf(alice);
    expect(await host.capabilities()).toMatchObject({ xenVersion: '4.20' });
    const domains = await listDomains(host);
    expect(domains.map(({ name, logOffset }) => [name, logOffset])).toEqual([['a1', 10]]);
    expect(await host.exec(['xl', 'destroy', '5'], { timeout: 10_000 })).toMatchObject({
      exitCode: 0,
      timedOut: false,
    });
    await expect(host.exec(['xl', 'destroy', '6'], { timeout: 10_000 })).rejects.toMatchObject({
      message: expect.stringContaining('no such domain of yours'),
      exitCode: exitCodes.noPermission.code,
    });
    await close();
  });

  test('of a job in which steps share CPUs it takes all of them, since nobody says which are free', async () => {
    const { host, close } = await hostOf(alice);
    const settings = { ...bareSettings.domain, cpus: autoCpus };
    const kernel = { types: [], guestOs: 'lwd', hasSymbols: false };
    const wish = { name: 'n', settings, env: {}, args: [], kernel, volumes: [], network: [], disks: [] };
    const flags = { numa: undefined, pool: undefined };
    const { placed } = await findRoom(host, [wish], { ...flags, among: [1, 3] });
    expect(placed[0]?.wish.settings.cpus).toBe('1,3');
    await expect(findRoom(host, [wish], flags)).rejects.toMatchObject({ exitCode: exitCodes.noPermission.code });
    await close();
  });

  test('sends an image whole, and is told when it has changed meanwhile', async () => {
    const { host, close } = await hostOf(alice);
    const file = join(folder, 'image');
    const bytes = Buffer.alloc(3_000_000, 7);
    writeFileSync(file, bytes);
    expect(await host.push(file, sha256(bytes))).toBe(`sha256:${sha256(bytes)}`);
    expect(readFileSync(join(folder, 'images', String(alice), sha256(bytes))).equals(bytes)).toBe(true);
    await expect(host.push(file, sha256('before'))).rejects.toThrow('not what was announced');
    await close();
  });

  test('takes no program that the broker does not know, nor waits for one that is not there', async () => {
    const { host, close } = await hostOf(alice);
    const refused = { exitCode: exitCodes.noPermission.code };
    await expect(host.script('id', [], { timeout: 10_000 })).rejects.toMatchObject(refused);
    await expect(host.exec(['sh', '-c', 'id'], { timeout: 10_000 })).rejects.toMatchObject(refused);
    await expect(host.write('/etc/passwd')).rejects.toMatchObject(refused);
    await expect(host.read('/etc/shadow')).rejects.toMatchObject(refused);
    await close();
    await expect(host.exec(['xl', 'info'], { timeout: 10_000 })).rejects.toThrow('cannot be reached (ENOENT)');
  });

  test('a wait is given up when it is broken off, and when its time is over', async () => {
    writeFileSync(join(folder, 'xl'), '#!/bin/sh\nexec sleep 60\n');
    const { host, close } = await hostOf(alice);
    const off = new AbortController();
    const broken = host.exec(['xl', 'info'], { timeout: 0, signal: off.signal });
    off.abort();
    expect(await broken).toMatchObject({ exitCode: undefined, aborted: true, timedOut: false });
    expect(await host.exec(['xl', 'info'], { timeout: 50 })).toMatchObject({ exitCode: undefined, timedOut: true });
    await close();
  });
});
