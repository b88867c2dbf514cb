/**
 * config.json → domain: what each property comes to, what is refused, and that nothing in it can crash lwd or leave its field.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LwdError } from '../../../src/errors.js';
import { parseConfig } from '../../../src/oci/config.js';
import { checkId, containerWish, domainName } from '../../../src/oci/domain-of-config.js';
import { signalEffect } from '../../../src/oci/signals.js';
import { renderConfig } from '../../../src/xl/spec/cfg.js';
import { checkName, planDomain } from '../../../src/xl/spec/spec.js';
import { decodeCommandLine } from '../xl/spec/decoded-line.js';

type Json = Record<string, unknown>;

const least: Json = { ociVersion: '1.0.2', process: { args: ['/app'] }, root: { path: 'rootfs' } };

function wishOf(more: Json) {
  return containerWish(parseConfig(JSON.stringify({ ...least, ...more }), 'config.json'), '/bundle');
}

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof LwdError) return error.message;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('what is wrong', () => {
  test('is told all at once, with its place', () => {
    const text = JSON.stringify({ ociVersion: '2.0.0', process: { args: [1], env: 'x' }, root: { path: '' } });
    const message = refusal(() => parseConfig(text, 'b/config.json'));
    expect(message.split('\n')).toEqual([
      'b/config.json: ociVersion is "2.0.0", must be version 1 of the specification, such as 1.0.2',
      'b/config.json: process.env is "x", must be a list: NAME=VALUE',
      'b/config.json: process.args.0 is 1, must be an argument',
      'b/config.json: root.path is "", must be a folder',
    ]);
  });

  test.each([
    ['', 'no JSON'],
    ['[]', 'the whole is []'],
    ['{"ociVersion":"0.9.0"}', 'version 1'],
    ['{"ociVersion":"1.0.2","process":{"args":["a\\u0000b"]}}', 'NUL'],
  ])('%j', (text, what) => {
    expect(refusal(() => parseConfig(text, 'config.json'))).toContain(what);
  });

  test.each<[Json, string]>([
    [{ process: {} }, 'no program'],
    [{ process: { args: [] } }, 'no program'],
    [{ process: { args: ['/app'], terminal: true } }, 'terminal'],
    [{ hooks: { poststop: [{ path: '/bin/x' }] } }, 'hooks.poststop'],
    [{ root: null }, 'root.path'],
    [{ mounts: [{ destination: '/n', type: 'nfs', source: 'a:/b' }] }, 'cannot mount "nfs"'],
    [{ mounts: [{ destination: '/n', type: 'bind' }] }, 'without a source'],
    [{ annotations: { 'org.lwd.memmory': '64M' } }, 'none that lwd knows'],
    [{ annotations: { 'org.lwd.memory': '64' } }, 'memory'],
    [{ annotations: { 'org.lwd.type': 'hvm' } }, 'auto, pv or pvh'],
    [{ annotations: { 'org.lwd.vcpus': '0' } }, 'whole number'],
    [{ annotations: { 'org.lwd.ip': '10.0.0.256/24' } }, 'IPv4 address with its prefix'],
    [{ annotations: { 'org.lwd.ip': '10.0.0.1/24,script=/x' } }, 'IPv4 address with its prefix'],
  ])('%j', (more, what) => {
    expect(refusal(() => wishOf(more))).toContain(what);
  });
});

describe('what becomes of it', () => {
  test('a program by its path, from its folder, and by PATH', () => {
    expect(wishOf({}).candidates).toEqual(['/app']);
    expect(wishOf({ process: { args: ['./bin/../app'], cwd: '/opt/x' } }).candidates).toEqual(['/opt/x/app']);
    expect(wishOf({ process: { args: ['app'], env: ['PATH=/a:b:/c'] } }).candidates).toEqual(['/a/app', '/c/app']);
    expect(wishOf({ annotations: { 'org.lwd.image': '/k.elf' } }).candidates).toEqual(['/k.elf']);
  });

  test('variables: the last of a name, and none that C cannot name', () => {
    const env = ['A=1', 'A=2=3', 'B=', '=x', 'BASH_FUNC_m%%=() { :; }', 'novalue'];
    const wish = wishOf({ process: { args: ['/app'], env } });
    expect(wish.env).toEqual({ A: '2=3', B: '' });
    expect(wish.leftOut).toHaveLength(3);
  });

  test('limits: memory, shares of processors, their places', () => {
    const cpu = { quota: 150_000, period: 100_000, cpus: '0-3,6' };
    const { settings } = wishOf({ linux: { resources: { memory: { limit: 100 * 2 ** 20 + 5 }, cpu } } });
    expect(settings).toMatchObject({ memory: 100 * 2 ** 20, maxmem: 100 * 2 ** 20, vcpus: 2, cpus: '0-3,6' });
    const none = wishOf({
      linux: { resources: { memory: { limit: 2 ** 63 }, cpu: { quota: -1, cpus: '' } } },
    });
    expect(none.settings).toMatchObject({ memory: 64 * 2 ** 20, vcpus: 1, cpus: undefined });
    expect(wishOf({ linux: { resources: { memory: { limit: -1 } } } }).settings.memory).toBe(64 * 2 ** 20);
  });

  test('a limit that no domain can keep is refused, not raised', () => {
    const { settings } = wishOf({ linux: { resources: { memory: { limit: 1000 } } } });
    expect(refusal(() => planDomain({ ...domain(wishOf({})), settings }, undefined))).toContain('memory: 1 MiB');
  });

  test('annotations are stronger than limits', () => {
    const annotations = {
      'org.lwd.memory': '32M',
      'org.lwd.vcpus': '3',
      'org.lwd.bridge': 'xenbr0',
      'org.lwd.root': 'none',
    };
    const wish = wishOf({ annotations, linux: { resources: { memory: { limit: 2 ** 30 } } } });
    expect(wish.settings).toMatchObject({ memory: 32 * 2 ** 20, vcpus: 3 });
    expect(wish.network).toMatchObject([{ bridge: 'xenbr0', ip: 'dhcp' }]);
    expect(wish.packsRoot).toBe(false);
    const range = wishOf({ annotations: { 'org.lwd.ip': '10.0.0.5-10.0.0.9/24' } });
    expect(range.network).toMatchObject([{ bridge: 'xenbr0', ip: '10.0.0.5-10.0.0.9/24' }]);
  });

  test('bind mounts are volumes; what a domain has of its own is left out', () => {
    const mounts = [
      { destination: '/data/', type: 'bind', source: 'd', options: ['rbind', 'ro'] },
      { destination: '/out/../work', type: 'none', source: '/w', options: ['bind'] },
      { destination: '/dev/x', type: 'bind', source: '/dev/x' },
      { destination: '/proc', type: 'proc', source: 'proc' },
    ];
    const wish = wishOf({ mounts });
    expect(wish.volumes).toEqual([
      { source: '/bundle/d', target: '/data', readonly: true },
      { source: '/w', target: '/work', readonly: false },
    ]);
    expect(wish.leftOut).toHaveLength(2);
  });
});

function domain({ args, env, settings, volumes, network }: ReturnType<typeof wishOf>) {
  const kernel = { types: ['pv' as const], guestOs: 'lwd', hasSymbols: false };
  return { name: 'oci-x', kernel, args, env, settings, volumes, network, disks: [] };
}

describe('for any config.json', () => {
  const word = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('', '/', '..', 'a,script=/x', '"\n', '$(id)', "';'"),
  );
  const anything = fc.anything({ maxDepth: 3 });
  const config = fc.record(
    {
      ociVersion: fc.constantFrom('1.0.2', '1.2.0-dev', '2.0.0', ''),
      process: fc.oneof(
        anything,
        fc.record({ args: fc.array(word), env: fc.array(word), cwd: word }, { requiredKeys: ['args'] }),
      ),
      root: fc.oneof(anything, fc.record({ path: word })),
      mounts: fc.array(
        fc.record({
          destination: word,
          source: word,
          type: fc.constantFrom('bind', 'proc', 'x'),
          options: fc.array(word),
        }),
      ),
      annotations: fc.dictionary(
        fc.constantFrom('org.lwd.cpus', 'org.lwd.memory', 'org.lwd.bridge', 'org.lwd.ip', 'org.lwd.image', 'x'),
        word,
      ),
      linux: fc.oneof(
        anything,
        fc.record({
          resources: fc.record({
            cpu: fc.record({ quota: fc.integer(), period: fc.integer(), cpus: word }),
            memory: fc.record({ limit: fc.double() }),
          }),
        }),
      ),
    },
    { requiredKeys: [] },
  );

  test('lwd either refuses it in words, or makes a domain of it whose every field is its own', () => {
    fc.assert(
      fc.property(config, (value) => {
        let wish: ReturnType<typeof wishOf>;
        let text: string;
        try {
          wish = containerWish(parseConfig(JSON.stringify(value), 'config.json'), '/bundle');
          const plan = planDomain(domain(wish), undefined);
          text = renderConfig(
            { ...plan, uuid: undefined, kernel: '/k', ramdisk: undefined, volumes: [], disks: [] },
            'lwd',
          );
          if (plan.ramdiskTail === undefined) expect(decodeCommandLine(plan.commandLine).args).toEqual(wish.args);
        } catch (error) {
          if (error instanceof LwdError) return;
          throw error;
        }
        const keys = text
          .trimEnd()
          .split('\n')
          .map((line) => line.slice(0, line.indexOf('=')));
        const limits = ['max_event_channels', 'max_grant_frames', 'max_maptrack_frames'];
        const sizes = ['memory', 'maxmem', 'vcpus', 'cpus', ...limits];
        const allowed = ['name', 'type', 'kernel', 'cmdline', 'vif', 'tsc_mode', ...sizes];
        expect(keys.filter((key) => !allowed.includes(key) && !key.startsWith('on_'))).toEqual([]);
        expect(new Set(keys).size).toBe(keys.length);
        // Of the command line it is a part like any other.
        expect(text.replace(/^cmdline=.*$/m, '')).not.toContain('script=/x');
        for (const { target } of wish.volumes) expect(target).not.toContain('..');
      }),
      { numRuns: 2000 },
    );
  });
});

describe('ids and signals', () => {
  test('every id that is allowed names a domain, and no two the same one', () => {
    const id = fc.stringMatching(/^[A-Za-z0-9_+.-]{1,80}$/).filter((text) => text !== '.' && text !== '..');
    fc.assert(
      fc.property(id, id, (one, other) => {
        checkId(one);
        checkName(domainName(one));
        expect(domainName(one) === domainName(other)).toBe(one === other);
      }),
    );
  });

  test.each(['', '.', '..', 'a/b', 'a b', '../x', 'a\0', 'ü'])('%j is no id', (id) => {
    expect(refusal(() => checkId(id))).toContain('id');
  });

  test.each([
    ['TERM', 'ask'],
    ['SIGTERM', 'ask'],
    ['15', 'ask'],
    ['int', 'SIGINT'],
    ['10', 'SIGUSR1'],
    ['QUIT', 'ask'],
    ['9', 'destroy'],
    ['KILL', 'destroy'],
  ])('%s: %s', (text, effect) => {
    expect(signalEffect(text)).toBe(effect);
  });

  test.each(['WINCH', '19', 'STOP', '0', '99', 'toString', '', '-9', '9; x'])('%j is refused', (text) => {
    expect(refusal(() => signalEffect(text))).toMatch(/signal|delivered/);
  });
});
