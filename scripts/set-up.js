/**
 * What `npm test` and `npm run quickstart` need before anything else, on a machine with Node and git alone: the npm
 * packages, the bundled command line, and Debian's packages that `lwd doctor` asks for. Each step that has been done
 * already costs next to nothing.
 */
import { spawn } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
export const lwd = join(root, 'bin/run.js');

/**
 * Runs a program; its output goes to the terminal, or is collected as `stdout` where `collect` says so. Resolves to its
 * exit status and output; rejects only if it cannot be started.
 */
export function run(command, args, { cwd = root, collect = false, env = {}, input } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: [input === undefined ? 'ignore' : 'pipe', collect ? 'pipe' : 'inherit', 'inherit'],
    });
    let stdout = '';
    child.stdout?.on('data', (chunk) => {
      stdout += chunk;
    });
    child.on('error', reject);
    child.on('close', (status, signal) => resolve({ status: status ?? signal, stdout }));
    if (input !== undefined) child.stdin.end(input);
  });
}

/** As run(), for a step without which the rest makes no sense. */
export async function must(command, args, options) {
  const result = await run(command, args, options);
  if (result.status !== 0) throw new Error(`${command} ${args.join(' ')}: ended with status ${result.status}`);
  return result;
}

function isOlder(file, than) {
  return !existsSync(file) || statSync(file).mtimeMs < statSync(than).mtimeMs;
}

/** Everything up to a working `lwd` on a machine that has all its tools. */
export async function setUp() {
  if (isOlder(join(root, 'node_modules/.package-lock.json'), join(root, 'package-lock.json')))
    await must('npm', ['ci', '--no-fund', '--no-audit']);
  await must(process.execPath, ['scripts/build.js']);
  const { status, stdout } = await run(process.execPath, [lwd, 'doctor', '--fix'], { collect: true });
  if (status !== 0) throw new Error(`lwd doctor: something is missing that --fix could not mend\n${stdout}`);
}
