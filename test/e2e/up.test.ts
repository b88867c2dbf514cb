/** What `lwd up` promises of a domain that runs to its end: status, arguments, environment, every byte of its output. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { dom0, guestFolder, lwdEnding, lwdJson, startLwd, xenDomains } from './lwd.js';
import { pattern } from './pattern.js';

const status = guestFolder('status');
const echo = guestFolder('echo');
const output = guestFolder('output');

describe('exit status', () => {
  test.each([0, 1, 42, 255])('%i is passed through', async (wanted) => {
    const ended = await lwdEnding(wanted, ['up', '--', String(wanted)], { cwd: status });
    expect(ended.stdout).toBe(`status ${wanted} by returnatexit ran\n`);
  });

  test('is taken modulo 256, as everywhere', async () => {
    await lwdEnding(255, ['up', '--', '511'], { cwd: status });
  });

  test('exit() flushes and runs what atexit() was given', async () => {
    const ended = await lwdEnding(7, ['up', '--', '7', 'exit'], { cwd: status });
    expect(ended.stdout).toBe('status 7 by exitatexit ran\n');
  });

  test.each(['_exit', '_Exit'])('%s() does neither', async (way) => {
    expect((await lwdEnding(7, ['up', '--', '7', way], { cwd: status })).stdout).toBe('');
  });

  test('--json gives it too, with the output on stderr', async () => {
    const ended = await lwdEnding(9, ['up', '--json', '--', '9'], { cwd: status });
    expect(JSON.parse(ended.stdout)).toMatchObject({ name: 'status' });
    expect(ended.stderr).toContain('status 9 by return');
  });
});

/** Of a process of this machine; empty of one that is gone. */
function commandLineOf(process: string): string {
  try {
    return readFileSync(join('/proc', process, 'cmdline'), 'latin1');
  } catch {
    return '';
  }
}

/** Lines "WHAT hex" of the echo program, decoded. */
function echoed(stdout: string, what: string): string[] {
  const lines = stdout.split('\n').filter((line) => line.startsWith(`${what} `));
  return lines.map((line) => Buffer.from(line.slice(what.length + 1), 'hex').toString('utf8'));
}

describe('arguments and environment', () => {
  const hard = [
    '',
    ' ',
    'two words',
    ' leading and trailing ',
    'tab\tand\nnewline\n',
    'quote " and \\ backslash \\n \\" \\\\',
    "single ' quote",
    '--',
    '--help',
    '-x',
    '$HOME `date` $(date) %s %n ; & | > <',
    '#comment',
    'ünï€ødé 漢字 \u{1f600}',
    '@/etc/passwd',
    'NAME=value',
    '\u001b[31mred\u001b[0m\r\u007f\u0001',
    '\u00a0\u2028',
  ];

  test("without arguments lwd.yaml's are main's", async () => {
    const ended = await lwdEnding(0, ['up'], { cwd: echo });
    expect(echoed(ended.stdout, 'arg')).toEqual(['echo', 'from', 'the', 'project']);
    expect(echoed(ended.stdout, 'env')).toEqual(['LWD_GREETING=good day']);
  });

  test('what stands after -- arrives byte for byte', async () => {
    const ended = await lwdEnding(0, ['up', '--', ...hard], { cwd: echo });
    expect(echoed(ended.stdout, 'arg')).toEqual(['echo', ...hard]);
  });

  test('-- alone means no arguments', async () => {
    expect(echoed((await lwdEnding(0, ['up', '--'], { cwd: echo })).stdout, 'arg')).toEqual(['echo']);
  });

  test('--env adds and replaces, byte for byte', async () => {
    const flags = hard.flatMap((value, index) => ['--env', `V${index}=${value}`]);
    const ended = await lwdEnding(0, ['up', ...flags, '--env', 'LWD_GREETING=', '--'], { cwd: echo });
    const wanted = ['LWD_GREETING=', ...hard.map((value, index) => `V${index}=${value}`)];
    expect(echoed(ended.stdout, 'env').sort()).toEqual(wanted.sort());
  });

  test('a secret reaches main, and is nowhere else, here or in dom0', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'lwd-secret-')), 'variables');
    writeFileSync(file, 'OF_A_FILE=swordfish-1\n');
    const flags = ['--env-file', file, '--env', 'INHERITED'];
    const env = { INHERITED: 'swordfish-2' };
    const ended = await lwdEnding(0, ['up', ...flags, '--'], { cwd: echo, env });
    expect(echoed(ended.stdout, 'env')).toEqual(
      expect.arrayContaining(['OF_A_FILE=swordfish-1', 'INHERITED=swordfish-2']),
    );
    const up = startLwd(['up', '--verbose', '--name', 'keeps-a-secret', ...flags, '--', 'print'], {
      cwd: guestFolder('linger'),
      env,
    });
    await up.printed('line 2\n');
    // Where the domain's name is found, the secret would be.
    const look = `cd /; for word; do { grep -rls "$word" proc/[0-9]*/cmdline run/lwd var/log/xen var/lib/lwd
      xenstore-ls -f | grep "$word"; xl list -l | grep "$word"; } | wc -l; done`;
    const [name, secret] = (await dom0('sh', '-c', look, 'sh', 'keeps-a-[s]ecret', 'swor[d]fish')).split('\n');
    expect(Number(name)).toBeGreaterThan(4);
    expect(Number(secret)).toBe(0);
    const lines = readdirSync('/proc').map(commandLineOf).join();
    expect(lines).toContain('keeps-a-secret');
    up.signal('SIGTERM');
    const { stderr } = await up.ended;
    for (const text of [lines, stderr]) expect(text).not.toContain('swordfish');
    rmSync(file);
  });

  test('more than Xen carries arrives all the same', async () => {
    const many = Array.from({ length: 300 }, (_, index) => `argument "${index}" of many\n`);
    const ended = await lwdEnding(0, ['up', '--', ...many], { cwd: echo });
    expect(echoed(ended.stdout, 'arg')).toEqual(['echo', ...many]);
  });

  test('the longest line that Xen carries, and one byte more', async () => {
    // "LWD_GREETING=good day" -- echo X… : all but the X.
    const others = Buffer.byteLength('"LWD_GREETING=good day" -- echo ');
    for (const length of [1022 - others, 1023 - others, 1024 - others]) {
      const ended = await lwdEnding(0, ['up', '--', 'x'.repeat(length)], { cwd: echo });
      expect(echoed(ended.stdout, 'arg')).toEqual(['echo', 'x'.repeat(length)]);
    }
  });
});

describe('output', () => {
  test.each([
    ['of 1 MiB of text', 1 << 20, true],
    ['of every byte value', 70_001, false],
    ['of one byte', 1, true],
    ['of nothing', 0, true],
  ])('%s is intact, and in order where both streams go to one file', async (_, count, text) => {
    const folder = mkdtempSync(join(tmpdir(), 'lwd-output-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, 'file');
    const flags = ['--output', file, '--', String(count), text ? 'text' : 'binary'];
    expect((await lwdEnding(0, ['up', ...flags], { cwd: output })).stdout).toBe('');
    expect(readFileSync(file).equals(pattern(count, text))).toBe(true);
  });
});

describe('limits', () => {
  test('--timeout ends the domain with a status of its own', async () => {
    const flags = ['--timeout', '1s'];
    const ended = await lwdEnding(124, ['up', ...flags, '--', 'sleep'], { cwd: guestFolder('linger') });
    expect(ended.stdout).toContain('ready to sleep');
    expect(await xenDomains()).not.toContain('linger');
  });

  test('a program that never asks the kernel for anything is ended after the grace time', async () => {
    const flags = ['--timeout', '1s', '--grace', '1s'];
    await lwdEnding(124, ['up', ...flags, '--', 'spin'], { cwd: guestFolder('linger') });
    expect(await xenDomains()).not.toContain('linger');
  });

  test('4 MiB are enough for a small program', async () => {
    await lwdEnding(42, ['up', '--memory', '4M', '--', '42'], { cwd: status });
  });

  test('--dry-run changes nothing', async () => {
    const ended = await lwdEnding(0, ['up', '--dry-run'], { cwd: status });
    expect(ended.stdout).toContain('name="status"');
    expect(await xenDomains()).toEqual([]);
  });
});

test('the configuration beside the image and `lwd config` are what xl understands', async () => {
  const ended = await lwdEnding(0, ['config'], { cwd: status });
  expect(ended.stdout).toContain('kernel="');
});

test('nothing is left of all that', async () => {
  expect(await xenDomains()).toEqual([]);
  expect(await lwdJson(['ps'])).toMatchObject({ domains: [] });
});
