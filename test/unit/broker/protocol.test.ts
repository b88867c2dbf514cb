/**
 * What comes over the broker's socket: frames, requests, answers, and who it is from. Everything that is not just right is
 * refused.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jobOf, parseIntroduction } from '../../../src/broker/caller.js';
import { parseAnswer, parseRequest } from '../../../src/broker/requests.js';
import {
  dataFrames,
  decodeJson,
  encodeFrame,
  encodeJson,
  FrameError,
  type FrameKind,
  FrameReader,
  frameKinds,
  longestFrame,
} from '../../../src/host/broker/frames.js';
import { newUuid, ownerOf, uuidPrefix } from '../../../src/xl/facts/domain-record.js';

const digest = 'a'.repeat(64);
const spec = {
  ...{ name: 'solver', uuid: newUuid(1001), type: 'pv', kernel: `sha256:${digest}`, commandLine: '-- solver' },
  ...{ memory: 64, maxmem: 64, vcpus: 1, onCrash: 'destroy', nativeTsc: true, volumes: [], network: [], disks: [] },
};
const launch = { op: 'launch', mode: 'attach', spec };

describe('frames', () => {
  const kind = fc.constantFrom(...(Object.keys(frameKinds) as FrameKind[]));
  const frame = fc.tuple(kind, fc.uint8Array({ maxLength: 300 }));

  test('come out as they went in, however they are cut', () => {
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 8 }), fc.array(fc.nat(40), { maxLength: 60 }), (frames, cuts) => {
        const bytes = Buffer.concat(frames.map(([each, content]) => encodeFrame(each, content)));
        const seen: [FrameKind, number[]][] = [];
        const reader = new FrameReader((each, content) => seen.push([each, [...content]]));
        let at = 0;
        for (const cut of [...cuts, bytes.length]) {
          reader.push(bytes.subarray(at, at + cut));
          at += cut;
        }
        expect(seen).toEqual(frames.map(([each, content]) => [each, [...content]]));
      }),
    );
  });

  test('no bytes make the reader do anything but give frames or refuse', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 8 }), (chunks) => {
        const reader = new FrameReader((each, content) => {
          expect(Object.keys(frameKinds)).toContain(each);
          expect(content.length).toBeLessThanOrEqual(longestFrame);
        });
        try {
          for (const chunk of chunks) reader.push(chunk);
        } catch (error) {
          expect(error).toBeInstanceOf(FrameError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ['an empty one', [0, 0, 0, 0, 1]],
    ['one that is too long', [0x7f, 0xff, 0xff, 0xff, 1]],
    ['one of no kind', [0, 0, 0, 1, 10]],
  ])('%s is refused before its content has come', (_, bytes) => {
    expect(() => new FrameReader(() => {}).push(Uint8Array.from(bytes))).toThrow(FrameError);
  });

  test('much is several frames; what is no JSON is refused', () => {
    const frames = [...dataFrames('data', new Uint8Array(longestFrame * 2 + 1))];
    expect(frames.map((each) => each.length - 5)).toEqual([longestFrame, longestFrame, 1]);
    expect(() => encodeFrame('data', new Uint8Array(longestFrame + 1))).toThrow(FrameError);
    expect(() => decodeJson(Buffer.from('{"a":'))).toThrow(FrameError);
    expect(() => decodeJson(Uint8Array.from([0x22, 0xff, 0x22]))).toThrow(FrameError);
    expect(decodeJson(encodeJson('request', { a: 1 }).subarray(5))).toEqual({ a: 1 });
  });
});

describe('requests', () => {
  test('that are right are known', () => {
    expect(parseRequest(launch)).toEqual(launch);
    expect(parseRequest({ op: 'push', sha256: digest })).toBeDefined();
    expect(parseRequest({ op: 'program', name: 'status', args: [uuidPrefix] })).toBeDefined();
  });

  const hostile = [
    '',
    '\0',
    'a\nb',
    '"',
    '$(id)',
    '`id`',
    "'; rm -rf /",
    'xenbr0,script=/tmp/x',
    '../..',
    '/etc/passwd',
    '\u001b[2J',
    '\ud800',
  ];
  const changes: [string, object][] = hostile.flatMap((text): [string, object][] => [
    ['name', { name: text }],
    ['uuid', { uuid: text }],
    ['type', { type: text }],
    ['kernel', { kernel: text }],
    ['ramdisk', { ramdisk: text }],
    ['pool', { pool: text }],
    ['group', { group: text }],
    ['a bridge', { network: [{ bridge: text }] }],
    ["a disk's name", { disks: [{ target: text, readonly: true, path: '/dev/x' }] }],
    ["a volume's place", { volumes: [{ target: text, readonly: true, path: '/srv' }] }],
  ]);

  test.each(
    changes.filter(
      ([what, change]) => !(what.startsWith('a volume') && JSON.stringify(change).includes('/etc/passwd')),
    ),
  )('%s %j', (_, change) => {
    expect(parseRequest({ ...launch, spec: { ...spec, ...change } })).toBeUndefined();
  });

  test.each<[object]>([
    [{ config: 'name="x"' }],
    [{ name: 'lwd-shell-0123456789abcdef0123-1' }],
    [{ network: [{ bridge: 'xenbr0', script: '/tmp/x' }] }],
    [{ network: [{ bridge: 'xenbr0', mac: '00:16:3e:00:00:01' }] }],
    [{ memory: 3 }],
    [{ memory: 1.5 }],
    [{ memory: '64' }],
    [{ vcpus: 0 }],
    [{ vcpus: 1e9 }],
    [{ commandLine: 'x'.repeat(1024) }],
    [{ commandLine: 'a\nb' }],
    [{ disks: [{ target: 'xvda', readonly: false, path: '/dev/../etc/passwd' }] }],
    [{ volumes: [{ target: '/data', readonly: false, path: '/srv/../etc' }] }],
    [{ volumes: [{ target: '/data', readonly: false, path: 'srv' }] }],
    [{ uuid: undefined }],
  ])('more than was agreed on: %j', (change) => {
    expect(parseRequest({ ...launch, spec: { ...spec, ...change } })).toBeUndefined();
  });

  test('nothing at all makes the reader throw', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true, withBigInt: true }), (value) => {
        parseRequest(value);
        parseAnswer(value);
      }),
      { numRuns: 2000 },
    );
    const keys = Object.keys(spec);
    fc.assert(
      fc.property(fc.constantFrom(...keys), fc.anything(), (key, value) => {
        const request = parseRequest({ ...launch, spec: { ...spec, [key]: value } });
        // Whatever is accepted is what was sent, and of the agreed form.
        if (request?.op === 'launch') expect(request.spec.name).toMatch(/^[A-Za-z][A-Za-z0-9._-]*$/);
      }),
      { numRuns: 2000 },
    );
  });

  test('answers hold no words for a shell', () => {
    expect(parseAnswer({ word: 'memory', address: 'ffff' })).toBeDefined();
    for (const address of ['0x1', '1 2', '1;id', '', 'g', '1'.repeat(17)])
      expect(parseAnswer({ word: 'memory', address })).toBeUndefined();
    expect(parseAnswer({ word: 'stream-room', bytes: 65_536 })).toBeDefined();
    for (const bytes of [0, -1, 1.5, 2 ** 21, '1', undefined])
      expect(parseAnswer({ word: 'stream-room', bytes })).toBeUndefined();
    for (const word of ['destroy\nkeep', 'registers x', 'alive']) expect(parseAnswer({ word })).toBeUndefined();
  });
});

describe('callers', () => {
  test("the front's line", () => {
    expect(parseIntroduction('lwd1 12 1001 100 100,27')).toEqual({ pid: 12, uid: 1001, gid: 100, groups: [100, 27] });
    expect(parseIntroduction('lwd1 12 1001 100 ')).toEqual({ pid: 12, uid: 1001, gid: 100, groups: [] });
  });

  test.each([
    '',
    'lwd1 1 2 3',
    'lwd1 1 -2 3 ',
    'lwd1 1 2 3 4,',
    'lwd2 1 2 3 4',
    'lwd1 1 4294967295 3 4',
    'lwd1 1 2 3 4\r',
    'lwd1 1 0x0 3 4',
  ])('%j is none', (line) => {
    expect(parseIntroduction(line)).toBeUndefined();
  });

  test.each([
    ['0::/system.slice/slurmstepd.scope/job_42/step_0/user/task_0', '42'],
    ['3:cpuset:/slurm/uid_1000/job_7/step_batch', '7'],
    ['3:cpuset:/slurm_node1/uid_1000/job_7', '7'],
    ['0::/user.slice/user-1000.slice/job_9/x', undefined],
    ['0::/user.slice/slurm-job_9', undefined],
    ['0::/', undefined],
  ])('%s: job %s', (line, job) => {
    expect(jobOf(`1:name=systemd:/x\n${line}\n`)).toBe(job);
  });

  test('a UUID says whose a domain is, and chance never does', () => {
    fc.assert(
      fc.property(fc.nat(0xffff_fffe), (uid) => {
        expect(ownerOf(newUuid(uid))).toBe(uid);
      }),
    );
    for (let i = 0; i < 1000; i++) expect(ownerOf(newUuid())).toBeUndefined();
    expect(newUuid(5)).toMatch(/^6c776400-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});
