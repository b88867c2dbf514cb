/**
 * A wish full of hostile texts, carried out by the real program of dom0 with stand-ins for Xen's tools that note every byte that
 * they are called with: each text arrives in its own field and nowhere else, and nothing of it is run. What xl's own parser makes
 * of the configuration: test/e2e/cfg-fuzz.test.ts.
 */
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LocalHost } from '../../../../src/host/local.js';
import { type DomainRecord, parseRecord, recordText } from '../../../../src/xl/facts/domain-record.js';
import { decodeValue } from '../../../../src/xl/facts/store-text.js';
import { launch } from '../../../../src/xl/life/launch.js';
import { renderConfig } from '../../../../src/xl/spec/cfg.js';
import { planDomain } from '../../../../src/xl/spec/spec.js';
import { bareSettings } from '../../../../src/xl/spec/wish.js';
import { decodeCommandLine } from '../spec/decoded-line.js';
import { hostileTexts } from '../spec/specs.js';

const path = process.env.PATH;
let folder: string;
let seen: string;

/** Its arguments, each ended by a NUL, in a file of its own; then what it is there for. */
function standIn(name: string, then: string): string {
  const file = join(folder, name);
  writeFileSync(file, `#!/bin/sh\nprintf '%s\\0' "$@" >"${seen}/${name}"\n${then}\n`);
  chmodSync(file, 0o755);
  return file;
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lwd-injection-'));
  seen = join(folder, 'seen');
  mkdirSync(seen);
  process.env.PATH = `${folder}:${path}`;
  process.env.LWD_RUNS = join(folder, 'runs');
  standIn('xenstore-write', '');
  // Any other verb of xl's, and any word of a text that is run, would be seen as a file of its own.
  const create = 'echo "Waiting for domain t (domid 7) to die [pid $$]" >&2; exec sleep 60';
  writeFileSync(
    join(folder, 'xl'),
    `#!/bin/sh\nprintf '%s\\0' "$@" >"${seen}/xl-$1"\n[ "$1" != create ] || { ${create}; }\n`,
    { mode: 0o755 },
  );
  for (const name of ['reboot', 'x', 'touch']) standIn(name, '');
  writeFileSync(join(folder, 'kernel'), '');
});

afterEach(() => {
  process.env.PATH = path;
  delete process.env.LWD_RUNS;
  rmSync(folder, { recursive: true, force: true });
});

const argumentsOf = (name: string) => readFileSync(join(seen, name), 'utf8').split('\0').slice(0, -1);

// xenstore's values, and so records, have a limit that all of these together are below.
const texts = hostileTexts.filter((text) => text.length < 500);
const text = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(...texts, '$(reboot)', '`touch x`', "'; reboot; '", '\n/x\n', '$(touch$IFS/x)'),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 40 }).map((any) => any.replaceAll('\0', '')) },
);
const wishes = fc.record({
  env: fc.dictionary(fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,9}$/), text, { maxKeys: 3 }),
  args: fc.array(text, { maxLength: 3 }),
  folders: fc.uniqueArray(text, { maxLength: 3 }),
  words: fc.record({ group: text, owner: text, placement: text, pool: text, array: text }),
});

test('each text stays in its field', async () => {
  const server = standIn('server', 'exit 0');
  const kernel = { types: ['pv' as const], guestOs: 'lwd', hasSymbols: false };
  const none = { volumes: [], network: [], disks: [] };
  const uuid = '6c776400-0000-8000-8000-000000000007';
  await fc.assert(
    fc.asyncProperty(wishes, async ({ env, args, folders, words }) => {
      const volumes = folders.map((name, index) => ({ target: `/v${index}`, readonly: index === 1, path: `/${name}` }));
      const plan = planDomain({ name: 't', settings: bareSettings.domain, env, args, kernel, ...none }, undefined);
      const files = { kernel: join(folder, 'kernel'), ramdisk: undefined };
      const batch = { system: 'slurm' as const, job: '4', step: '0', rank: 0, restart: 0, array: words.array };
      const { array: _, ...spoken } = words;
      const record: DomainRecord = { image: 'i', symbols: undefined, log: '/l', started: 1, ...spoken, batch };
      const config = renderConfig({ ...plan, ...files, volumes, disks: [], uuid }, 'lwd');
      const result = await launch(new LocalHost(), {
        ...{ mode: 'detach', name: 't', uuid, lease: undefined, logFile: join(folder, 'log'), config, ...files },
        ...{ node: recordText(record), volumes, ownPool: undefined, processChannel: '' },
        volumeServer: volumes.length === 0 ? undefined : server,
        ...{ onStdout: () => {}, onStderr: () => {}, onConsole: () => {}, openStdin: () => undefined },
        ...{ onStarted: () => {}, onEnded: async () => 'keep' },
      });
      expect(result).toEqual({ kind: 'detached', id: 7 });
      const expected = ['xenstore-write', 'xl-create'];
      if (volumes.length > 0) {
        expected.unshift('server');
        expected.push('xl-unpause');
        const tags = volumes.flatMap(({ target, readonly, path: at }) => [readonly ? `ro:${target}` : target, at]);
        expect(argumentsOf('server')).toEqual(['7', ...tags]);
      }
      expect(readdirSync(seen).sort()).toEqual(expected);
      expect(argumentsOf('xl-create')).toEqual([
        'create',
        '-F',
        ...(volumes.length > 0 ? ['-p'] : []),
        '/dev/null',
        config,
      ]);
      const line = /^cmdline=(".*")$/m.exec(config)?.[1] ?? '""';
      if (plan.ramdiskTail === undefined)
        expect(decodeCommandLine(JSON.parse(line))).toEqual({ env: { ...env }, args });
      const [, written = ''] = argumentsOf('xenstore-write');
      expect(parseRecord(decodeValue(written))).toEqual(record);
      rmSync(seen, { recursive: true });
      mkdirSync(seen);
    }),
    { numRuns: 30 },
  );
});
