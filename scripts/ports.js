/**
 * Real programs in domains: makes a project of each port that is a program, builds it, and runs the port's own tests and
 * ours (ports/NAME/check.js), many of them against the same source compiled for Linux. Prints a table.
 *
 *   npm run ports [-- NAME …] [-- --json]      everything, or the ports named; JSON instead of the table
 *
 * Works in build/ports/NAME; LWD_HOST says on which host, as ever.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { lwd, must, root, run } from './set-up.js';

const json = process.argv.includes('--json');
const wanted = process.argv.slice(2).filter((word) => !word.startsWith('-'));

function say(text) {
  if (!json) console.log(text);
}

/** What a port's check.js is given. */
class Check {
  constructor(name) {
    this.name = name;
    this.folder = join(root, 'build/ports', name);
    this.results = [];
  }

  /** Notes a test: passed where `problem` is undefined, else what is wrong. */
  note(test, problem) {
    this.results.push({ test, verdict: problem === undefined ? 'passed' : 'failed', cause: problem });
    say(`  ${problem === undefined ? 'passed' : 'FAILED'}  ${test}${problem === undefined ? '' : `: ${problem}`}`);
  }

  /** Notes a test that a domain cannot do, and why. */
  impossible(test, cause) {
    this.results.push({ test, verdict: 'impossible', cause });
    say(`  not possible  ${test}: ${cause}`);
  }

  /** Notes a test by what it should give and what it gave, both text. */
  same(test, got, expected) {
    this.note(test, got === expected ? undefined : firstDifference(got, expected));
  }

  /** Notes each line "SUCCESS name", "FAILURE name: why" or "SKIP name: why" of a program's output. */
  verdicts(output) {
    for (const [, verdict, test, cause] of output.matchAll(/^(SUCCESS|FAILURE|SKIP) ([^:\n]+)(?:: (.*))?$/gm)) {
      if (verdict === 'SKIP') this.impossible(test, cause);
      else this.note(test, verdict === 'SUCCESS' ? undefined : (cause ?? 'failed'));
    }
  }

  /** An empty folder below the project's. */
  empty(name) {
    const folder = join(this.folder, 'work', name);
    mkdirSync(folder, { recursive: true });
    for (const file of readdirSync(folder)) throw new Error(`${folder} is not empty: ${file}`);
    return folder;
  }

  /** `lwd up` of the project with these arguments (none: those of its lwd.yaml), to its end. */
  async up(args, { flags = [], expected = 0 } = {}) {
    const words = ['up', '--quiet', ...flags, ...(args.length > 0 ? ['--', ...args] : [])];
    const ended = await collect(process.execPath, [lwd, ...words], { cwd: this.folder });
    if (ended.status === expected) return ended;
    const words_ = `${ended.stdout.toString().slice(-1000)}\n${ended.stderr.slice(-2000)}`;
    throw new Error(`lwd ${words.join(' ')} ended with ${ended.status}, not ${expected}:\n${words_}`);
  }

  /** Starts `lwd up` of the project; the child process is the caller's to end. */
  start(args, { flags = [] } = {}) {
    const words = [lwd, 'up', '--quiet', ...flags, ...(args.length > 0 ? ['--', ...args] : [])];
    return spawn(process.execPath, words, { cwd: this.folder, stdio: ['ignore', 'pipe', 'inherit'] });
  }

  /** A program of this machine, in the project's folder; rejects if it fails. */
  async linux(command, args, options = {}) {
    const ended = await collect(command, args, { cwd: this.folder, ...options });
    if (ended.status === 0) return ended;
    throw new Error(`${command} ${args.join(' ')} ended with ${ended.status}: ${ended.stderr.slice(-2000)}`);
  }
}

function firstDifference(got, expected) {
  const [ours, theirs] = [got.split('\n'), expected.split('\n')];
  const at = ours.findIndex((line, index) => line !== theirs[index]);
  const line = at < 0 ? ours.length : at;
  return `line ${line + 1} is ${JSON.stringify(ours[line])}, not ${JSON.stringify(theirs[line])}`;
}

function collect(command, args, { cwd, env = {}, input }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, NO_COLOR: '1', ...env },
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      timeout: 900_000,
    });
    const out = [];
    let stderr = '';
    child.stdout.on('data', (chunk) => out.push(chunk));
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.stdin?.end(input);
    child.on('error', reject);
    child.on('close', (status, signal) => resolve({ status: status ?? signal, stdout: Buffer.concat(out), stderr }));
  });
}

async function checkPort({ name, version }) {
  const began = Date.now();
  say(`${name} ${version}`);
  const check = new Check(name);
  try {
    await must('rm', ['-rf', join(check.folder, 'work')]);
    await must(process.execPath, [lwd, 'port', name, check.folder, '--force', '--quiet'], { collect: true });
    await must(process.execPath, [lwd, 'build', '--quiet'], { cwd: check.folder, collect: true });
    const { default: body } = await import(join(root, 'ports', name, 'check.js'));
    await body(check);
  } catch (error) {
    check.note('the run as a whole', error.message);
  }
  return { name, version, seconds: Math.round((Date.now() - began) / 1000), results: check.results };
}

function count(port, verdict) {
  return port.results.filter((result) => result.verdict === verdict).length;
}

function table(ports) {
  const rows = [['PORT', 'VERSION', 'PASSED', 'FAILED', 'NOT POSSIBLE', 'SECONDS']];
  for (const port of ports) {
    const counts = ['passed', 'failed', 'impossible'].map((verdict) => String(count(port, verdict)));
    rows.push([port.name, port.version, ...counts, String(port.seconds)]);
  }
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const listed = await run(process.execPath, [lwd, 'port', '--json'], { collect: true });
const known = JSON.parse(listed.stdout).ports.filter(({ name }) => existsSync(join(root, 'ports', name, 'check.js')));
const unknown = wanted.filter((name) => !known.some((port) => port.name === name));
if (unknown.length > 0) {
  console.error(`ports: there is no ${unknown.join(', ')}; known: ${known.map((port) => port.name).join(', ')}`);
  process.exit(64);
}
const ports = [];
for (const port of known) if (wanted.length === 0 || wanted.includes(port.name)) ports.push(await checkPort(port));
console.log(json ? JSON.stringify({ version: 1, ports }, undefined, 1) : `\n${table(ports)}`);
process.exitCode = ports.some((port) => count(port, 'failed') > 0) ? 1 : 0;
