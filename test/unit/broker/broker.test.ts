/**
 * The broker itself, behind a socket, with sh and a stand-in for xl that tells what it was called with: what callers see of each
 * other, what becomes of hostile connections, images that change, and the audit log.
 */
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { auditLine, auditTo } from '../../../src/broker/audit.js';
import { Broker } from '../../../src/broker/broker.js';
import { Connection } from '../../../src/broker/connection.js';
import { ImageStore } from '../../../src/broker/image-store.js';
import { parsePolicy } from '../../../src/broker/policy.js';
import { Shares } from '../../../src/broker/shares.js';
import { visibleText } from '../../../src/broker/visible.js';
import { exitCodes } from '../../../src/exit-codes.js';
import { BrokerHost } from '../../../src/host/broker/broker-host.js';
import { encodeFrame, encodeJson, FrameReader } from '../../../src/host/broker/frames.js';
import { LocalHost } from '../../../src/host/local.js';
import { sha256 } from '../../../src/sys/digest.js';
import { listenLocal } from '../../../src/sys/local-socket.js';
import { ensureDom0Program } from '../../../src/toolchain/dom0-program.js';
import { newUuid, ownerOf, uuidPrefix } from '../../../src/xl/domain-record.js';
import { findRoom } from '../../../src/xl/place.js';
import { autoCpus } from '../../../src/xl/spec.js';
import { type DomainStatus, listDomains } from '../../../src/xl/status.js';
import { bareSettings } from '../../../src/xl/wish.js';

const [alice, bob] = [1001, 1002];
const uuids = { alice: newUuid(alice), bob: newUuid(bob), root: newUuid() };

const row = (name: string, id: number, uuid: string) =>
  `${name.padEnd(40)} ${String(id).padStart(5)}    64     1     -b----       1.5 ${uuid}        -                -`;
const list = [row('a1', 5, uuids.alice), row('b1', 6, uuids.bob), row('r1', 7, uuids.root)].join('\n');
const vcpus = [5, 6, 7]
  .map((id) => `x${id}                                 ${id}     0    1   -b-       1.0  all / all`)
  .join('\n');
const record = (id: number, name: string) =>
  `/local/domain/${id}/lwd/domain: {"offset":10,"v":1,"image":"i","log":"/l/guest-${name}.log"}`;
const records = [record(5, 'a1'), record(6, 'b1'), record(7, 'r1')].join('\n');

let folder: string;
let socket: string;
let service: { close(): Promise<void> };
const path = process.env.PATH;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lwd-broker-unit-'));
  socket = join(folder, 'inner');
  const program = (name: string, text: string) => {
    writeFileSync(join(folder, name), `#!/bin/sh\necho "${name} $*" >>${folder}/calls\n${text}\n`);
    chmodSync(join(folder, name), 0o755);
  };
  program(
    'xl',
    `case $1 in list) cat ${folder}/list ;; vcpu-list) cat ${folder}/vcpus ;; info) echo xen_version: 4.20 ;; esac`,
  );
  program('xenstore-read', `cat ${folder}/records`);
  program('xenstore-ls', 'exit 0');
  writeFileSync(join(folder, 'list'), `${list}\n`);
  writeFileSync(join(folder, 'vcpus'), `${vcpus}\n`);
  writeFileSync(join(folder, 'records'), `${records}\n`);
  writeFileSync(join(folder, 'calls'), '');
  process.env.PATH = `${folder}:${path}`;
  const rules = `version: 1\nrules:\n  - users: [${alice}, ${bob}]\n    domains: 2\n    memory: 256M\n    cpus: "0-1"\n`;
  const broker = new Broker(await parsePolicy(rules, 'p', async () => undefined), {
    host: new LocalHost(),
    images: new ImageStore(join(folder, 'images')),
    audit: auditTo(join(folder, 'audit')),
    volumeServer: () => Promise.reject(new Error('there is none here')),
    processChannel: () => ensureDom0Program('process-channel', new AbortController().signal),
    over: new AbortController().signal,
  });
  service = await listenLocal(socket, (caller) => void broker.serve(new Connection(caller)));
});

afterEach(async () => {
  await service.close();
  process.env.PATH = path;
  rmSync(folder, { recursive: true, force: true });
});

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
    const line = connect({ path: socket });
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

function calls(): string[] {
  return readFileSync(join(folder, 'calls'), 'utf8').split('\n').filter(Boolean);
}

function audit(): Record<string, unknown>[] {
  return readFileSync(join(folder, 'audit'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

describe('two users', () => {
  test('see each of themselves', async () => {
    const { data } = await run(alice, 'status', uuidPrefix);
    expect(data).toContain(uuids.alice);
    expect(data).toContain('/local/domain/5/lwd/domain');
    expect(data).not.toMatch(/b1|r1|domain\/[67]|x[67]/);
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
    const { mkdirSync } = await import('node:fs');
    mkdirSync(join(folder, 'audit'));
    expect((await run(alice, 'xl-destroy', '5')).result).toMatchObject({ refused: expect.any(String) });
    expect(calls()).not.toContain('xl destroy 5');
    expect(existsSync(join(folder, 'audit'))).toBe(true);
  });

  test('a line of the audit log is a line, whatever a caller calls himself', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
        const entry = {
          request: text,
          decision: 'refused' as const,
          why: text,
          domains: [text],
          what: { kernel: text },
        };
        const line = auditLine({ pid: 1, uid: 2, gid: 3, groups: [], job: undefined }, entry, 't');
        expect(line.indexOf('\n')).toBe(line.length - 1);
        expect(line.length).toBeLessThan(6 * 4 * 210 + 400);
        JSON.parse(line);
      }),
    );
  });
});

describe("lwd's side", () => {
  /** What the front does: says who it is, and carries bytes. */
  async function hostOf(uid: number): Promise<{ host: BrokerHost; close(): Promise<void> }> {
    const outer = join(folder, `outer-${uid}`);
    const front = await listenLocal(outer, (caller) => {
      const inner = connect({ path: socket });
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

describe('what is seen', () => {
  const uid = fc.constantFrom(alice, bob);
  const domain = fc.record({
    uid: fc.option(uid),
    id: fc.integer({ min: 1, max: 999 }),
    name: fc.stringMatching(/^[A-Za-z][A-Za-z0-9._-]{0,20}$/),
  });

  test('is never a line of somebody else’s', () => {
    fc.assert(
      fc.property(fc.uniqueArray(domain, { selector: ({ id }) => id, maxLength: 6 }), (domains) => {
        const known = domains.map((each) => ({ ...each, uuid: newUuid(each.uid ?? undefined) }));
        const text = [
          ...known.map(({ name, id, uuid }) => row(name, id, uuid)),
          '--- records',
          ...known.map(({ id }) => `/local/domain/${id}/lwd/domain: mark-${id}-`),
          '--- nodes',
          ...known.map(({ id }) => `/local/domain/${id}/data/lwd/exit = "mark-${id}-"`),
          '--- vcpus',
          ...known.map(({ name, id }) => `${name}   ${id}     0    1   -b-       1.0  mark-${id}- / all`),
          '--- counters',
          ...known.map(({ id }) => `/sys/class/net/vif${id}.0/statistics/rx_bytes 1 mark-${id}-`),
          'something else that nobody knows mark-0-',
        ].join('\n');
        const seen = visibleText(text, (uuid) => ownerOf(uuid) === alice);
        const own = known.filter((each) => each.uid === alice);
        expect(new Set([...seen.matchAll(/mark-(\d+)-/g)].map(([, id]) => Number(id)))).toEqual(
          new Set(own.map(({ id }) => id)),
        );
        for (const { uuid } of known.filter((each) => each.uid !== alice)) expect(seen).not.toContain(uuid);
        for (const { uuid } of own) expect(seen).toContain(uuid);
      }),
    );
  });
});

describe('shares', () => {
  const status = (uuid: string, memory: number, most?: number) =>
    ({ uuid, memory, places: [{}], record: most === undefined ? undefined : { most } }) as unknown as DomainStatus;

  test('count what may grow, what is just being made, and nothing twice', () => {
    const shares = new Shares();
    const [one, two] = [newUuid(alice), newUuid(alice)];
    expect(shares.shareOf(alice, [status(one, 64, 128), status(uuids.bob, 500)])).toEqual({
      domains: 1,
      memory: 128,
      vcpus: 1,
    });
    shares.begin(two, alice, 32, 2);
    expect(shares.shareOf(alice, [status(one, 64, 128)])).toEqual({ domains: 2, memory: 160, vcpus: 3 });
    expect(shares.shareOf(alice, [status(two, 16)])).toEqual({ domains: 1, memory: 32, vcpus: 2 });
    shares.settled(two);
    expect(shares.shareOf(alice, [status(two, 16)])).toEqual({ domains: 1, memory: 32, vcpus: 2 });
    expect(shares.shareOf(alice, [])).toEqual({ domains: 0, memory: 0, vcpus: 0 });
  });

  test('a name is its last user’s for a while, since its log is', () => {
    const shares = new Shares();
    expect(shares.takeName('x', alice)).toBe(true);
    expect(shares.takeName('x', bob)).toBe(false);
    shares.leaveName('x', true);
    expect(shares.takeName('x', bob)).toBe(false);
    expect(shares.takeName('x', alice)).toBe(true);
    expect(shares.takeName('y', bob)).toBe(true);
    // There never was a domain: a name cannot be kept from others by asking for it.
    shares.leaveName('y', false);
    expect(shares.takeName('y', alice)).toBe(true);
    shares.leaveName('y', true);
    expect(shares.takeName('y', alice)).toBe(true);
    shares.leaveName('y', false);
    expect(shares.takeName('y', bob)).toBe(false);
  });
});
