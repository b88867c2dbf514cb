/** What a guest wrote, on a real terminal (script(1) makes one) and elsewhere: the built lwd, on a dom0 of stand-ins. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
const uuid = '6c776400-0123-8456-8789-0123456789ab';
const hostile = 'red \x1b[31m, title \x1b]0;x\x07, back\r\n\x9b2J and\ttext ü\n';
let folder: string;

beforeAll(() => {
  const built = spawnSync(process.execPath, [join(root, 'scripts/build.js')], { encoding: 'utf8' });
  expect(built.stderr).toBe('');
  folder = mkdtempSync(join(tmpdir(), 'lwd-terminal-'));
  mkdirSync(join(folder, 'bin'));
  const log = join(folder, 'guest-t.log');
  writeFileSync(log, hostile);
  const program = (name: string, text: string) =>
    writeFileSync(join(folder, 'bin', name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  program('xl', `echo 't  7  16  1  -b----  0.3  ${uuid}  -  -'`);
  const record = JSON.stringify({ v: 1, image: 'i', log, owner: 'o', started: 0 });
  program('xenstore-read', `echo '/local/domain/7/lwd/domain: {"offset":0,${record.slice(1)}'`);
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function lwd(command: (own: string) => string[]): string {
  const env = {
    ...process.env,
    ...{ PATH: `${join(folder, 'bin')}:${process.env.PATH}`, LWD_RUNS: join(folder, 'runs') },
    ...{ LWD_HOST: 'local', XDG_RUNTIME_DIR: folder, TERM: 'xterm' },
  };
  const [file = '', ...args] = command(`${process.execPath} ${join(root, 'bin/run.js')} logs t`);
  const { stdout, status } = spawnSync(file, args, { encoding: 'utf8', env });
  expect(status).toBe(0);
  return stdout;
}

test('logs: a terminal is shown what it would act on, and a file gets every byte', () => {
  const shown = lwd((own) => ['script', '--quiet', '--return', '--command', own, '/dev/null']);
  expect(shown.replaceAll('\r\n', '\n')).toBe('red \\x1b[31m, title \\x1b]0;x\\x07, back\n\\x9b2J and\ttext ü\n');
  expect(lwd((own) => ['sh', '-c', own])).toBe(hostile);
});
