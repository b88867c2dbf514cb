/**
 * From a fresh clone to a solver in a domain of its own on real Xen: sets everything up, then init → build → up of the
 * conjugate-gradient template on a real matrix, and compares what it says with the same source on Linux.
 *
 *   npm run quickstart [-- FOLDER]      FOLDER: where the project is made (build/quickstart)
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { lwd, must, root, run, setUp } from './set-up.js';

const began = Date.now();
const folder = resolve(process.argv[2] ?? join(root, 'build/quickstart'));
const matrix = 'lund_a.rsa';

function step(text) {
  const seconds = ((Date.now() - began) / 1000).toFixed(0).padStart(4);
  console.error(`[${seconds} s] ${text}`);
}

const runLwd = (args, options) => must(process.execPath, [lwd, ...args], options);

/** The template with the real matrix in place of the built-in one. */
function useRealMatrix() {
  const file = join(folder, 'lwd.yaml');
  const text = readFileSync(file, 'utf8')
    .replace(/^# (files: .*)$/m, '$1')
    .replace(/^# (args: .*)$/m, '$1')
    .replace(/^args: \["laplacian.*\n/m, '');
  if (!text.includes('\nfiles:')) throw new Error(`${file}: the cg template has changed: no line to uncomment`);
  writeFileSync(file, text);
}

async function makeProject() {
  await runLwd(['init', folder, '--template', 'cg', '--force', '--quiet'], { collect: true });
  useRealMatrix();
  await runLwd(['build'], { cwd: folder });
}

/** The same source and the same matrix, as a program of this machine. */
async function runOnLinux() {
  const linux = join(folder, '.lwd/linux');
  rmSync(linux, { recursive: true, force: true });
  mkdirSync(linux, { recursive: true });
  const archive = readFileSync(join(folder, '.lwd/build/root.cpio'));
  await must('cpio', ['-id', '--quiet', '--no-absolute-filenames', matrix], { cwd: linux, input: archive });
  const sources = (await must('sh', ['-c', 'ls src/*.c'], { cwd: folder, collect: true })).stdout.trim().split('\n');
  await must('clang-19', ['-O3', '-ffp-contract=off', ...sources, '-lm', '-o', join(linux, 'cg')], { cwd: folder });
  const { stdout } = await run(join(linux, 'cg'), [matrix], {
    cwd: linux,
    collect: true,
    env: { CG_TOLERANCE: '1e-10' },
  });
  return stdout;
}

/** The lines that both must agree on, to the last digit. */
function answer(output) {
  return output.split('\n').filter((line) => /^(iterations|residual|error) /.test(line));
}

try {
  step('setting up: npm packages, the command line, tools');
  await setUp();
  step('the embedded Xen host, and the project with its cross environment');
  await Promise.all([runLwd(['host', 'up'], { collect: true }), makeProject()]);
  step('lwd up: the solver, in a domain of its own');
  const { stdout } = await runLwd(['up'], { cwd: folder, collect: true });
  process.stdout.write(stdout);
  const [domain, linux] = [answer(stdout), answer(await runOnLinux())];
  if (domain.length !== 3 || domain.join() !== linux.join())
    throw new Error(`the domain and Linux disagree:\n${domain.join('\n')}\n${linux.join('\n')}`);
  step('the same source on Linux says the same, to the last digit');
  const at = relative(process.cwd(), folder) || '.';
  const command = relative(process.cwd(), lwd);
  console.error(`\nnext:\n  cd ${at}\n  ${relative(folder, lwd)} up -- laplacian:200\n  ${command} --help`);
} catch (error) {
  console.error(`quickstart: ${error.message}`);
  process.exitCode = 1;
}
