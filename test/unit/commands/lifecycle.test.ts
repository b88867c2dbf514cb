/** Commands on domains that are there, as programs and scripts meet them: the built lwd, on a dom0 of stand-ins. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
const uuid = '6c776400-0123-8456-8789-0123456789ab';
let folder: string;

/** Xen's tools; those of `hanging` never answer. */
const xl = `#!/bin/sh
case "$1 $2" in
'list '*) echo 't  7  16  1  -b----  0.3  ${uuid}  -  -' ;;
'vcpu-list '*) echo 't  7  0  1  -b-  1.0  0-1 / all' ;;
'cpupool-list -c') echo 'Pool-0  0,1' ;;
'cpupool-list '*) echo 'Pool-0  2  credit2  y  2' ;;
esac
`;

beforeAll(() => {
  const built = spawnSync(process.execPath, [join(root, 'scripts/build.js')], { encoding: 'utf8' });
  expect(built.stderr).toBe('');
  folder = mkdtempSync(join(tmpdir(), 'lwd-lifecycle-'));
  const record = JSON.stringify({ v: 1, image: 'i', log: join(folder, 'guest-t.log'), owner: 'o', started: 0 });
  writeFileSync(join(folder, 'guest-t.log'), 'said\n');
  const programs = {
    answering: {
      xl,
      'xenstore-read': `#!/bin/sh\necho '/local/domain/7/lwd/domain: {"offset":0,${record.slice(1)}'\n`,
      'xenstore-watch': '#!/bin/sh\necho @introduceDomain\nexec sleep 60\n',
    },
    hanging: {
      xl: '#!/bin/sh\nexec sleep 60\n',
      'xenstore-watch': '#!/bin/sh\necho @introduceDomain\nexec sleep 60\n',
    },
  };
  for (const [kind, files] of Object.entries(programs)) {
    mkdirSync(join(folder, kind));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, kind, name), text, { mode: 0o755 });
  }
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  words: string;
  status: number | null;
  stdout: string;
  stderr: string;
}

function lwd(words: string, host: 'answering' | 'hanging' = 'answering'): Promise<Ended> {
  const env = {
    ...process.env,
    ...{ PATH: `${join(folder, host)}:${process.env.PATH}`, LWD_RUNS: join(folder, 'runs') },
    ...{ LWD_HOST: 'local', XDG_RUNTIME_DIR: folder },
  };
  const child = spawn(process.execPath, [join(root, 'bin/run.js'), ...words.split(' ')], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = { words, stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => (ended.stdout += chunk));
  child.stderr.on('data', (chunk) => (ended.stderr += chunk));
  return new Promise((resolve) => child.on('close', (status) => resolve({ ...ended, status })));
}

/** A few at a time: each takes a processor for a moment. */
async function each(commands: readonly string[], judge: (words: string) => Promise<void>): Promise<void> {
  const left = [...commands];
  const worker = async () => {
    for (let words = left.shift(); words !== undefined; words = left.shift()) await judge(words);
  };
  await Promise.all([worker(), worker(), worker(), worker()]);
}

test('--timeout ends every command on a host that hangs', { timeout: 120_000 }, async () => {
  const commands = [
    ...['ps', 'stats', 'stats --watch', 'events', 'logs t', 'logs -f t', 'inspect t', 'lease t'],
    ...['mem get t', 'cpu get t', 'pin t --cpus 1', 'pause t', 'unpause t', 'stop t', 'rm t', 'down t', 'reap --job 5'],
    ...['pool list', 'pool create p --cpus 1', 'pool move t Pool-0', 'pool rm p'],
  ];
  await each(commands, async (words) => {
    const { status, stderr, stdout } = await lwd(`${words} --timeout 1s`, 'hanging');
    expect(status, `${words}: ${stderr}`).toBe(124);
    expect(stderr, words).toMatch(/did not answer within 1s|not done after 1s/);
    expect(stdout).toBe('');
  });
});

test('a result for programs has one version, whoever it is from', { timeout: 120_000 }, async () => {
  const commands = ['ps', 'stats', 'inspect t', 'mem get t', 'cpu get t', 'pool list', 'logs t'];
  await each([...commands, 'doctor', 'host status', 'wait nobody'], async (words) => {
    const { stdout, stderr, status } = await lwd(`${words} --json`);
    const value = JSON.parse(stdout);
    expect(value.error?.exitCode ?? 0, `${words}: ${stderr}`).toBe(words === 'doctor' ? 0 : status);
    expect(value.schema, `${words}: ${stderr}`).toBe(2);
    expect(value).not.toHaveProperty('version');
  });
});

test('what goes on and on is a value a line', { timeout: 60_000 }, async () => {
  await each(['stats --watch', 'events'], async (words) => {
    const { status, stdout, stderr } = await lwd(`${words} --json --timeout 5s`);
    expect(status, `${words}: ${stderr}`).toBe(0);
    const values = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(values.length).toBeGreaterThan(words === 'events' ? 0 : 1);
    for (const value of values) expect(value).toMatchObject({ schema: 2, host: 'local' });
  });
  expect(JSON.parse((await lwd('events 7 --json --timeout 2s')).stdout)).toMatchObject({ event: 'created' });
});

test('a selector that means nothing is told of, and for wait it is an error', { timeout: 60_000 }, async () => {
  const none = "none of lwd's domains on local is one of name=x*";
  await each(['down', 'stop', 'pause', 'mem get', 'stats'], async (words) => {
    const { status, stderr } = await lwd(`${words} --selector name=x*`);
    expect(status, `${words}: ${stderr}`).toBe(0);
    expect(stderr).toContain(none);
  });
  expect(await lwd('wait --selector name=x*')).toMatchObject({ status: 127, stderr: expect.stringContaining(none) });
  expect(await lwd('down --all --quiet --selector name=x*')).toMatchObject({ status: 64 });
  expect(await lwd('down --quiet --selector name=x*')).toMatchObject({ status: 0, stderr: '' });
  expect(await lwd('ps --selector state=fine')).toMatchObject({
    status: 64,
    stderr: expect.stringContaining('"fine" is no state'),
  });
});
