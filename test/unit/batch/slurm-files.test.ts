/** The files of `lwd slurm install`: what they are, whose they are, and that real shells and real files agree. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { changeOf, isUntouched, marked } from '../../../src/batch/own-file.js';
import { missingLines, type SlurmSetting, slurmConfLines, slurmFiles } from '../../../src/batch/slurm-files.js';
import { installFiles } from '../../../src/run/slurm-install.js';

const setting: SlurmSetting = { prefix: '/etc/slurm', lwd: ['/opt/lwd run'], nodes: 'xen[0-3]', domains: 8 };
const scratch = mkdtempSync(join(tmpdir(), 'lwd-slurm-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('whose a file is', () => {
  test('what lwd wrote is known again, and nothing else', () => {
    fc.assert(
      fc.property(fc.string(), fc.boolean(), (body, isScript) => {
        const text = marked((isScript ? '#!/bin/sh\n' : '') + body);
        expect(isUntouched(text)).toBe(true);
        expect(isUntouched(`${text}x`)).toBe(false);
        expect(isUntouched(body)).toBe(false);
      }),
    );
  });

  test('and decides what becomes of it', () => {
    const [old, now] = [marked('old'), marked('now')];
    const options = { force: false, once: false };
    expect(changeOf(undefined, now, options)).toBe('new');
    expect(changeOf(now, now, options)).toBe('same');
    expect(changeOf(old, now, options)).toBe('update');
    expect(changeOf('mine', now, options)).toBe('keep');
    expect(changeOf(`${old}mine`, now, options)).toBe('keep');
    expect(changeOf('mine', now, { ...options, force: true })).toBe('replace');
    expect(changeOf('mine', now, { ...options, once: true })).toBe('same');
  });
});

test('the scripts are shell, call lwd once and nothing of Slurm', () => {
  const scripts = slurmFiles(setting).filter(({ mode }) => mode === 0o755);
  expect(scripts.map(({ name }) => name)).toEqual(['lwd/prolog', 'lwd/epilog', 'lwd/health-check']);
  for (const { text } of scripts) {
    expect(spawnSync('sh', ['-n'], { input: text }).status).toBe(0);
    expect(text.match(/'\/opt\/lwd run' (reap|ps) --quiet/g)).toHaveLength(1);
    expect(text).not.toMatch(/^[^#]*\b(scontrol|squeue|sinfo|srun|scancel|sacct)\b/m);
  }
});

describe('in a folder', () => {
  const own = { ...setting, prefix: scratch };
  const changes = async (options: { force: boolean; dryRun: boolean }) =>
    new Map((await installFiles(own, options)).map(({ path, change, difference }) => [path, { change, difference }]));
  const epilog = join(scratch, 'lwd/epilog');

  test('a dry run writes nothing, the first run all, the second nothing', async () => {
    const plan = await changes({ force: false, dryRun: true });
    expect([...plan.values()].every(({ change }) => change === 'new')).toBe(true);
    expect(statSync(epilog, { throwIfNoEntry: false })).toBeUndefined();
    expect([...(await changes({ force: false, dryRun: false })).keys()]).toEqual([...plan.keys()]);
    expect(statSync(epilog).mode & 0o777).toBe(0o755);
    const again = await changes({ force: false, dryRun: false });
    expect([...again.values()].every(({ change }) => change === 'same')).toBe(true);
  });

  test("what somebody changed is shown and kept; the site's own file is not looked into", async () => {
    const text = readFileSync(epilog, 'utf8');
    writeFileSync(epilog, `${text}/usr/local/sbin/site-epilog\n`);
    writeFileSync(join(scratch, 'lwd/environment'), 'LWD_HOST=embedded\n');
    const found = await changes({ force: false, dryRun: false });
    expect(found.get(epilog)).toMatchObject({ change: 'keep' });
    expect(found.get(epilog)?.difference).toContain('\n-/usr/local/sbin/site-epilog');
    expect(readFileSync(epilog, 'utf8')).toContain('site-epilog');
    expect(found.get(join(scratch, 'lwd/environment'))?.change).toBe('same');
    expect((await changes({ force: true, dryRun: false })).get(epilog)?.change).toBe('replace');
    expect(readFileSync(epilog, 'utf8')).toBe(text);
  });
});

test('a C file is marked within its first comment', () => {
  const [code, line] = slurmFiles({ ...setting, lwd: ['/n/node', '/l/run.js'], spank: true }).slice(-2);
  const text = marked(code?.text ?? '');
  expect(text).toMatch(/^\/\*\n# Written by lwd slurm install: \w{64}\n/);
  expect(isUntouched(text)).toBe(true);
  expect(isUntouched(text.replace('execve', 'execv'))).toBe(false);
  expect(line?.text).toBe('optional /etc/slurm/lwd/spank_lwd.so /n/node /l/run.js\n');
});

test('lines of slurm.conf that are missing, or say something else, are told', () => {
  const wanted = slurmConfLines(setting);
  expect(missingLines('', wanted)).toHaveLength(wanted.length);
  const all = wanted.map(({ line }) => line).join('\n');
  expect(missingLines(all, wanted)).toEqual([]);
  expect(missingLines(all.replace('GresTypes=xendom', 'grestypes = gpu,xendom # two'), wanted)).toEqual([]);
  const other = missingLines(all.replace(/^Epilog=.*/m, 'Epilog=/usr/local/epilog'), wanted);
  expect(other).toMatchObject([{ key: 'Epilog', instead: 'Epilog=/usr/local/epilog' }]);
});
