/**
 * The broker itself, behind a socket: what callers see of each other, what becomes of hostile connections, images that change,
 * and the audit log.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ImageStore } from '../../../src/broker/image-store.js';
import { encodeFrame, encodeJson, FrameReader } from '../../../src/host/broker/frames.js';
import { sha256 } from '../../../src/sys/digest.js';
import { newUuid, uuidPrefix } from '../../../src/xl/facts/domain-record.js';
import { alice, bob, type ServedBroker, serveBroker, uuids } from './served.js';

let served: ServedBroker;
let folder: string;

beforeEach(async () => {
  served = await serveBroker();
  folder = served.folder;
});

afterEach(() => served.stop());

interface Heard {
  result: Record<string, unknown> | undefined;
  data: string;
}

/** Sends bytes as they are, behind the line that the front would have written; until the broker ends the connection. */
function send(uid: number | string, ...chunks: (Uint8Array | string)[]): Promise<Heard> {
  return new Promise((resolve) => {
    const heard: Heard = { result: undefined, data: '' };
    const reader = new FrameReader((kind, content) => {
      if (kind === 'result') heard.result = JSON.parse(Buffer.from(content).toString());
      else if (kind === 'data') heard.data += Buffer.from(content).toString();
    });
    const line = connect({ path: served.socket });
    line.on('data', (chunk) => reader.push(chunk));
    line.on('error', () => {});
    line.on('close', () => resolve(heard));
    line.write(typeof uid === 'string' ? uid : `lwd1 1 ${uid} ${uid} \n`);
    for (const chunk of chunks) line.write(chunk);
  });
}

const ask = (uid: number, request: object, ...more: Uint8Array[]) => send(uid, encodeJson('request', request), ...more);
const run = (uid: number, name: string, ...args: string[]) => ask(uid, { op: 'program', name, args });
const end = encodeFrame('end', new Uint8Array());
const calls = () => served.calls();
const audit = () => served.audit();

describe('two users', () => {
  test('see each of themselves', async () => {
    const { data } = await run(alice, 'status', uuidPrefix);
    expect(data).toContain(uuids.alice);
    expect(data).toContain('/local/domain/5/lwd/domain');
    // What is random may look like a name.
    expect(data.replaceAll(uuids.alice, '')).not.toMatch(/b1|r1|domain\/[67]|x[67]/);
    expect((await run(bob, 'status', uuidPrefix)).data).toContain(uuids.bob);
    expect((await run(0, 'status', uuidPrefix)).data).toContain(uuids.root);
  });

  test.each([
    ['xl-destroy', ['6']],
    ['xl-destroy', ['7']],
    ['xl-destroy', ['0']],
    ['xl-destroy', ['5', '6']],
    ['xl-destroy', ['a1']],
    ['xl-destroy', ['5; xl destroy 6']],
    ['destroy', ['6', uuids.bob, '/l/guest-b1.log', '0']],
    ['destroy', ['5', uuids.alice, '', '0', '6', '', '', '0']],
    ['destroy', ['5', uuids.alice]],
    ['shutdown', ['6']],
    ['shutdown', ['5', '6']],
    ['pause', ['pause', '6']],
    ['pause', ['destroy', '5']],
    ['pin', ['all', '0', '-', '6']],
    ['pin', ['all', '2', '-', '5']],
    ['pin', ['all', 'all', '-', '5']],
    ['pin', ['0; id', '0', '-', '5']],
    ['memory-set', ['64', '6']],
    ['signal', ['0', '1', '6']],
    ['signal', ['5', '1', '5']],
    ['signal', ['0', '$(x)', '5']],
    ['memory-set', ['64m -x', '5']],
    ['memory-read', ['6']],
    ['await', ['6']],
    ['follow', ['+11', '/l/guest-b1.log', '6']],
    ['follow', ['+1', '/l/guest-a1.log', '5']],
    ['follow', ['11', '/l/guest-a1.log', '5']],
    ['tail', ['+11', '/l/guest-b1.log']],
    ['tail', ['+11', '/etc/shadow']],
    ['tail', ['+10', '/l/guest-a1.log']],
    ['xl-vcpu-list', ['6']],
    ['xl-info', ['-x']],
    ['xl-info', ['-n', '-n']],
    ['xl-list', ['-l']],
    ['status', ['0000']],
    ['run', []],
    ['launch', []],
    ['constructor', []],
  ])('may not: %s %j', async (name, args) => {
    const { result, data } = await run(alice, name, ...args);
    expect(result).toMatchObject({ refused: expect.any(String), exit: 'noPermission' });
    expect(data).toBe('');
    // What there is was looked at; nothing else was called.
    expect(calls().filter((call) => !/^(xl (list|vcpu-list)|xenstore-read)/.test(call))).toEqual([]);
    expect(audit()).toEqual([expect.objectContaining({ uid: alice, decision: 'refused', why: expect.any(String) })]);
  });

  test('may with their own; what belongs to a domain is taken from what is known of it', async () => {
    await run(alice, 'xl-destroy', '5');
    expect(calls()).toContain('xl destroy 5');
    await run(alice, 'pin', 'all', '1', '-', '5');
    expect(calls()).toContain('xl vcpu-pin 5 all 1 -');
    const victim = join(folder, 'victim');
    writeFileSync(victim, 'keep me');
    const { result } = await run(alice, 'destroy', '5', '../..', victim, '0');
    expect(result).toEqual({ exitCode: 0 });
    expect(readFileSync(victim, 'utf8')).toBe('keep me');
    expect(audit().map(({ decision }) => decision)).toEqual(['allowed', 'allowed', 'allowed']);
  });

  test('and nobody else at all', async () => {
    for (const request of [{ op: 'capabilities' }, { op: 'program', name: 'status', args: [uuidPrefix] }]) {
      expect((await ask(1003, request)).result).toMatchObject({ refused: expect.stringContaining('no rule') });
    }
    expect(calls()).toEqual([]);
  });
});

describe('launching', () => {
  const image = Buffer.from('an image');
  const spec = (more: object = {}) => ({
    ...{ name: 'new', uuid: newUuid(alice), type: 'pv', kernel: `sha256:${sha256(image)}`, commandLine: '-- new' },
    ...{
      memory: 64,
      maxmem: 64,
      vcpus: 1,
      onCrash: 'destroy',
      nativeTsc: true,
      volumes: [],
      network: [],
      disks: [],
      ...more,
    },
  });
  const launch = (uid: number, more: object = {}) => ask(uid, { op: 'launch', mode: 'detach', spec: spec(more) });
  const push = (uid: number, bytes: Uint8Array, digest = sha256(image)) =>
    ask(uid, { op: 'push', sha256: digest }, encodeFrame('data', bytes), end);

  test('takes an image that was sent by the same user, under its true digest', async () => {
    expect((await launch(alice)).result).toMatchObject({ refused: expect.stringContaining('not sent') });
    expect((await push(alice, Buffer.from('another'))).result).toMatchObject({
      refused: expect.stringContaining('announced'),
    });
    expect((await push(bob, image)).result).toEqual({});
    expect((await launch(alice)).result).toMatchObject({ refused: expect.stringContaining('not sent') });
    expect((await push(alice, image)).result).toEqual({});
    expect(statSync(join(folder, 'images')).mode & 0o777).toBe(0o700);
    expect(readdirSync(join(folder, 'images', String(alice)))).toEqual([sha256(image)]);
    expect(calls().some((call) => call.startsWith('xl create'))).toBe(false);
    // The stand-in for xl makes no domain; but it is asked to.
    expect((await launch(alice)).result).toMatchObject({ kind: 'failed' });
    const [create = ''] = calls().filter((call) => call.startsWith('xl create'));
    expect(create).toContain('xl create -F /dev/null name="new"');
    expect(readFileSync(join(folder, 'calls'), 'utf8')).toContain('cpus="0-1"');
  });

  test('refuses what is not the caller’s to ask for', async () => {
    await push(alice, image);
    await push(bob, image);
    const refused = (what: string) => ({ result: { refused: expect.stringContaining(what) } });
    expect(await launch(bob)).toMatchObject(refused('whose it is'));
    expect(await launch(alice, { uuid: uuids.alice })).toMatchObject(refused('this UUID'));
    expect(await launch(alice, { name: 'b1' })).toMatchObject(refused("somebody else's"));
    expect(await launch(alice, { name: 'r1' })).toMatchObject(refused("somebody else's"));
    expect(await launch(alice, { maxmem: 193 })).toMatchObject(refused('256 MiB of memory are allowed, 64 are in use'));
    expect(await launch(alice, { network: [{ bridge: 'xenbr0' }] })).toMatchObject(refused('bridge'));
    expect(await launch(alice, { config: 'x' })).toMatchObject(refused('no request'));
    expect(calls().some((call) => call.startsWith('xl create'))).toBe(false);
  });

  test("is known as its job's from then on, and no other word about it is taken", async () => {
    await push(alice, image);
    const batch = { system: 'slurm', job: '42', step: '0', rank: 1, restart: 2, array: '40_2' };
    for (const wrong of [
      { ...batch, job: '../4' },
      { ...batch, step: 'x' },
      { ...batch, rank: -1 },
      { ...batch, x: 1 },
    ])
      expect((await launch(alice, { batch: wrong })).result).toMatchObject({ refused: expect.any(String) });
    const created = 'echo "Waiting for domain new (domid 9) to die [pid $$]" >&2; sleep 1';
    writeFileSync(
      join(folder, 'xl'),
      `#!/bin/sh\n[ $1 != list ] || cat ${folder}/list\n[ $1 != create ] || { ${created}; }\n`,
    );
    writeFileSync(join(folder, 'xenstore-write'), `#!/bin/sh\necho "$2" >${folder}/record\n`, { mode: 0o755 });
    expect((await launch(alice, { batch })).result).toEqual({ kind: 'detached', id: 9 });
    expect(JSON.parse(readFileSync(join(folder, 'record'), 'utf8'))).toMatchObject({ v: 1, batch });
  });

  test('of many at once no more go through than are allowed', async () => {
    await push(alice, image);
    writeFileSync(
      join(folder, 'xl'),
      `#!/bin/sh\necho "xl $*" >>${folder}/calls\n[ $1 != list ] || cat ${folder}/list\n[ $1 != create ] || sleep 1\n`,
    );
    const results = await Promise.all(['n1', 'n2', 'n3', 'n4'].map((name) => launch(alice, { name })));
    const refused = results.filter(({ result }) => result?.refused !== undefined);
    expect(refused).toHaveLength(3);
    expect(String(refused[0]?.result?.refused)).toContain('2 domains are allowed, and 2 are there');
  });

  test('an image that is too large, or never ends, takes no room', async () => {
    const store = new ImageStore(join(folder, 'images'));
    async function* endless() {
      for (;;) yield Buffer.alloc(100_000);
    }
    expect(await store.take(alice, sha256(image), 2 ** 20, endless())).toContain('1 MiB');
    expect(readdirSync(join(folder, 'images', String(alice)))).toEqual([]);
  });
});

describe('hostile connections', () => {
  test.each<[string, () => Promise<Heard>]>([
    ['no introduction', () => send('GET / HTTP/1.1\r\n\r\n')],
    ['an endless one', () => send('x'.repeat(10_000))],
    ['a forged second one', () => send(alice, 'lwd1 1 0 0 \n')],
    ['data before a request', () => send(alice, encodeFrame('data', image()))],
    ['no JSON', () => send(alice, encodeFrame('request', Buffer.from('{')))],
    [
      'two requests',
      () => send(alice, encodeJson('request', { op: 'push', sha256: 'a'.repeat(64) }), encodeJson('request', {})),
    ],
  ])('%s: ended without an answer', async (_, hostile) => {
    expect((await hostile()).result).toBeUndefined();
    expect((await run(alice, 'xl-info')).data).toContain('xen_version');
  });

  function image(): Uint8Array {
    return new Uint8Array(10);
  }

  test('whatever is sent, nothing is done, and the next one is served', async () => {
    const bytes = fc.array(fc.uint8Array({ minLength: 1, maxLength: 200 }), { minLength: 1, maxLength: 3 });
    const requests = fc.anything({ maxDepth: 2 }).filter((value) => JSON.stringify(value) !== undefined);
    await fc.assert(
      fc.asyncProperty(bytes, async (chunks) => {
        // A frame that is never finished would wait for the broker's patience.
        await send(alice, ...chunks, Buffer.alloc(0), Uint8Array.from([255, 255, 255, 255, 1]));
      }),
      { numRuns: 100 },
    );
    await fc.assert(
      fc.asyncProperty(requests, async (request) => {
        expect((await send(alice, encodeJson('request', request))).result).toHaveProperty('refused');
      }),
      { numRuns: 100 },
    );
    expect(calls()).toEqual([]);
    expect((await run(alice, 'xl-info')).data).toContain('xen_version');
  });

  test('without an audit log nothing is done', async () => {
    rmSync(join(folder, 'audit'), { force: true });
    mkdirSync(join(folder, 'audit'));
    expect((await run(alice, 'xl-destroy', '5')).result).toMatchObject({ refused: expect.any(String) });
    expect(calls()).not.toContain('xl destroy 5');
    expect(existsSync(join(folder, 'audit'))).toBe(true);
  });
});
