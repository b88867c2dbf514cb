/** The launcher and what all commands share, as a user meets them: the built lwd, no host. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exitCodes } from '../../../src/exit-codes.js';
import { elfFile, note } from '../xl/spec/elf-file.js';

const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
let folder: string;
let image: string;

beforeAll(() => {
  const built = spawnSync(process.execPath, [join(root, 'scripts/build.js')], { encoding: 'utf8' });
  expect(built.stderr).toBe('');
  folder = mkdtempSync(join(tmpdir(), 'lwd-cli-'));
  image = join(folder, 'hello.elf');
  const notes = [note(6, 'lwd\0'), note(5, 'xen-3.0\0'), note(8, 'generic\0'), note(1, Buffer.alloc(8))];
  writeFileSync(image, elfFile({ notes }));
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function lwd(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const env = { ...process.env, LWD_HOST: 'embedded', XDG_RUNTIME_DIR: folder };
  return spawnSync(process.execPath, [join(root, 'bin/run.js'), ...args], { encoding: 'utf8', cwd: folder, env });
}

describe('at once', () => {
  test('--version', () => {
    expect(lwd('--version')).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^lwd \d+\.\d+\.\d+\n$/),
      stderr: '',
    });
  });

  test.each([[['--help']], [['-h']], [['help']], [[]]])('%j', (args) => {
    const { status, stdout } = lwd(...args);
    expect(status).toBe(0);
    for (const { code, meaning } of Object.values(exitCodes))
      expect(stdout).toContain(`${String(code).padStart(3)}  ${meaning}`);
    for (const command of [
      'up',
      'ps',
      'logs',
      'console',
      'wait',
      'inspect',
      'down',
      'pin',
      'config',
      'build',
      'init',
    ]) {
      expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
    }
    // biome-ignore lint/suspicious/noControlCharactersInRegex: no colour is what it is about
    expect(stdout).not.toMatch(/\u001b/);
  });

  test('topics are what has commands below it', () => {
    const topics = /TOPICS\n([\s\S]*?)\n\n/.exec(lwd('--help').stdout)?.[1] ?? '';
    expect([...topics.matchAll(/^ {2}(\S+) /gm)].map(([, name]) => name)).toEqual([
      'broker',
      'cpu',
      'host',
      'mem',
      'pool',
      'slurm',
    ]);
  });

  test.each([
    [
      ['help', 'up'],
      ['up', '--help'],
    ],
    [
      ['help', 'mem', 'set'],
      ['mem', 'set', '--help'],
    ],
    [
      ['help', 'pool'],
      ['pool', '--help'],
    ],
    [
      ['--quiet', 'help', 'ps'],
      ['ps', '--help'],
    ],
  ])('%j is %j', (args, same) => {
    expect(lwd(...args)).toMatchObject({ status: 0, stdout: lwd(...same).stdout, stderr: '' });
  });

  test('--help of a command', () => {
    const { status, stdout } = lwd('up', '--help');
    expect(status).toBe(0);
    for (const flag of ['--detach', '--name', '--memory', '--timeout', '--dry-run', '--json'])
      expect(stdout).toContain(flag);
    // All of the description, from its first line on.
    expect(stdout).toMatch(/Builds the project if it is stale[\s\S]*With --detach[\s\S]*the highest of theirs/);
  });
});

describe('a wrong command line', () => {
  test.each([
    [['upp'], /there is no command "upp"\n.*did you mean: lwd up\n.*lwd --help/],
    [['ps', 'nosuch'], /nosuch: lwd ps takes no arguments\n {2}next: lwd ps --help/],
    [['pool', 'list', 'x', 'y'], /lwd pool list takes no arguments\n/],
    [['batch', 'no-such-file'], /no-such-file: there is no such file or folder\n/],
    [['pool', 'lst'], /did you mean: lwd pool list\n/],
    [['host', 'foo'], /there is no command "host foo"\n {2}next: lwd --help/],
    [['hsot', 'up'], /did you mean: lwd host up\n/],
    [['up', '--nonsense'], /--nonsense: lwd up has no such flag\n {2}next: lwd up --help/],
    [['up', '--memroy', '1G'], /did you mean: --memory\n/],
    [['up', '--no-pim'], /did you mean: --pmi\n/],
    [['up', '--count', '0'], /--count: 0 is too little\n {2}next: give 1 or more\n/],
    [['up', '--pool-size', '65'], /--pool-size: 65 is too much\n {2}next: give 64 or less\n/],
    [['up', '--count', 'many'], /--count: "many" is no whole number\n/],
    [['up', '--type', 'hvm'], /--type: "hvm" is not known\n {2}next: there are: auto, pv, pvh\n/],
    [['up', '--name'], /--name: there is no value\n/],
    [['up', '--detach', '--output', 'x'], /--output and --detach do not go together|--detach and --output do not/],
    [['up', '--ramdisk', 'x'], /--ramdisk needs --kernel\n/],
    [['pin', 'a'], /--cpus is missing\n/],
    [['config', 'a', 'b'], /b: lwd config takes no more arguments\n/],
    [
      ['oci'],
      /VERB and ID are missing\n {2}next: VERB: run, create, .*delete\n {2}next: ID: the container's id\n {2}next: lwd oci --help/,
    ],
    [['oci', 'stop', 'a'], /"stop" is not known here\n {2}next: there are: run, create/],
    [['logs'], /NAME is missing\n {2}next: NAME: the domain's name, number or UUID\n {2}next: lwd logs --help/],
    [['wait'], /name/],
    [['down'], /--all/],
    [['down', 'a', '--all'], /a and --all do not go together/],
    [['down', 'a', 'b', '--selector', 'state=ended'], /a, b and --selector do not go together/],
    [['cpu', 'set'], /say how many: lwd cpu set NAME 2\n/],
    [['cpu', 'set', 'a', '0'], /"0" is no number of vCPUs\n {2}next: .*1 or more\n/],
    [['help', 'upp'], /there is no command "upp"\n.*did you mean: lwd up\n/],
    [['down', '--now'], /--all/],
    [['up', 'no-such-file'], /no-such-file/],
    [['up', '--timeout', 'soon', 'x'], /soon/],
    [['up', '--quiet', '--verbose'], /--quiet and --verbose do not go together\n/],
  ])('%j', (args, message) => {
    const { status, stdout, stderr } = lwd(...args);
    expect(status).toBe(64);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^lwd: /);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n +at /);
    expect(stderr).not.toMatch(/See more help|\t/);
  });

  test('in JSON, and nothing else on stdout', () => {
    const wrong = [['upp'], ['up', '--nonsense'], ['down']];
    for (const args of wrong.flatMap((words) => [
      [...words, '--json'],
      ['--json', ...words],
    ])) {
      const { status, stdout, stderr } = lwd(...args);
      expect(JSON.parse(stdout)).toMatchObject({ error: { exitCode: 64, message: expect.any(String) } });
      expect(stderr).toBe('');
      expect(status).toBe(64);
    }
  });
});

describe('up --dry-run', () => {
  test('shows plan and xl.cfg, and touches no host', () => {
    const { status, stdout } = lwd(
      'up',
      image,
      '--dry-run',
      '--memory',
      '16M',
      '--env',
      'A=b c',
      '--',
      '--json',
      'x "y"',
      '',
    );
    expect(status).toBe(0);
    expect(stdout).toContain('host: embedded (LWD_HOST)');
    expect(stdout).toContain(`send, unless it is there: ${image}\n`);
    expect(stdout).toContain('\ncmdline="\\"A=b c\\" -- hello --json \\"x \\\\\\"y\\\\\\"\\" \\"\\""\n');
    expect(stdout).toContain('\nmemory=16\nmaxmem=16\nvcpus=1\n');
    expect(JSON.parse(lwd('host', 'status', '--json').stdout).state).not.toBe('running');
  });

  test('in JSON', () => {
    const { stdout } = lwd('up', image, '--dry-run', '--json', '--cpus', '0-1');
    expect(JSON.parse(stdout)).toMatchObject({
      host: 'embedded',
      domain: { name: 'hello', type: 'pv', memory: 64, cpus: '0-1', nativeTsc: true },
      files: [image],
    });
  });

  test.each([
    [['--name', '12'], 64],
    [['--cpus', '3-1'], 64],
    [['--memory', '1M'], 78],
    [['--type', 'pvh'], 78],
    [['--env', 'x'], 64],
  ])('%j is refused with %d', (flags, status) => {
    expect(lwd('up', image, '--dry-run', ...flags).status).toBe(status);
  });

  test('an image that is none is refused before a host is asked', () => {
    const bad = join(folder, 'bad.elf');
    for (const content of ['#!/bin/sh\n', elfFile({ notes: [] }), elfFile({ notes: [] }).subarray(0, 90)]) {
      writeFileSync(bad, content);
      const { status, stderr } = lwd('up', bad);
      expect(status).toBe(73);
      expect(stderr).toContain(bad);
    }
  });
});

test('config prints an xl.cfg that cleans up after itself', () => {
  const { status, stdout } = lwd('config', image, '--', 'x');
  expect(status).toBe(0);
  expect(stdout).toContain(`kernel="${image}"\n`);
  expect(stdout).toContain('cmdline="-- hello x"\n');
  expect(stdout).toContain('on_poweroff="destroy"\n');
  expect(stdout).not.toContain('uuid');
});

test('a reader that goes away is no defect', () => {
  const script = `${process.execPath} ${join(root, 'bin/run.js')} --help | head -1; echo "\${PIPESTATUS[0]}"`;
  const { stdout, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(stdout.split('\n')[1]).toMatch(/^(0|141)$/);
});

test('a container is looked for on the host that it was started on', () => {
  const host = 'ssh://nobody@127.0.0.1:9';
  const state = {
    ...{
      version: 1,
      ociVersion: '1.0.2',
      id: 'c',
      bundle: folder,
      annotations: {},
      host,
      created: '2026-01-01T00:00:00Z',
    },
    ...{ uuid: '6c776400-0000-8000-8000-000000000000', runner: { pid: 1, startTime: '0' } },
    ...{ isCreated: true, isStarted: true },
  };
  mkdirSync(join(folder, 'oci/c'), { recursive: true });
  writeFileSync(join(folder, 'oci/c/state.json'), JSON.stringify(state));
  for (const verb of ['state', 'delete']) {
    const { status, stderr } = lwd('oci', verb, 'c', '--root', join(folder, 'oci'));
    expect([status, stderr]).toEqual([exitCodes.noHost.code, expect.stringContaining(`cannot reach ${host}`)]);
  }
});

describe('standard streams that take no more', () => {
  function redirected(redirection: string, ...args: string[]) {
    const env = { ...process.env, LWD_HOST: 'embedded', XDG_RUNTIME_DIR: folder };
    const words = [process.execPath, join(root, 'bin/run.js'), ...args];
    return spawnSync('bash', ['-c', `exec "$@" ${redirection}`, 'bash', ...words], { encoding: 'utf8', env });
  }

  test('a full disk is told of, and is the status if nothing else is', () => {
    const { status, stderr } = redirected('>/dev/full', 'config', image);
    expect(stderr).toBe('lwd: stdout takes no more (ENOSPC): what comes for it from now on is lost\n');
    expect(status).toBe(exitCodes.outputLost.code);
    expect(redirected('>/dev/full', 'config', image, '--json').status).toBe(exitCodes.outputLost.code);
  });

  test.each(['2>/dev/full', '2> >(exit)'])('of errors: %s changes nothing', (redirection) => {
    const wrong = redirected(redirection, 'up', join(folder, 'none.elf'));
    expect(wrong).toMatchObject({ status: exitCodes.usage.code, stderr: '', stdout: '' });
    expect(redirected(redirection, 'config', image)).toMatchObject({ status: 0, stderr: '' });
  });
});
