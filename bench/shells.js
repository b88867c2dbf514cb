/**
 * What a pool of shells brings (`lwd up --pool-size`): the time until main runs, with and without one, in the same run.
 *
 *   dom0 alone     from the start of `xl create`, of claiming a shell, and of `xl unpause` of a domain that was made paused
 *   lwd up -d      from the start of lwd's program in dom0
 *   lwd up         from the start of lwd until its first line of main's output
 *
 * The first two in virtual time, where the host's processors take turns, and the second by the clock too, where they run side by
 * side, as does the last. LWD_BENCH_RUNS sets how often (5).
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { virtualTime } from './lab/figures.js';
import { cleanUp, compileForDom0, domainConfig, Lab, lwd, root, runtime, spread, table } from './lab/host.js';
import { say } from './lab/run.js';
import { timedSsh } from './lab/timed-ssh.js';

const runs = Number(process.env.LWD_BENCH_RUNS ?? 5);
const cwd = join(root, 'bench/guest/stdio');
const marker = 'bench: main runs';
const console_ = '/var/log/xen/console';
const memory = 8;

/** lwd's program of that name for dom0, as the last `lwd up` compiled it. */
function dom0Program(name) {
  const folder = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'lwd', name);
  const files = readdirSync(folder).map((file) => join(folder, file));
  return readFileSync(files.sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0]);
}

/** Each of the three once; what stopwatch prints. */
const byHand = `
log=${console_} watch="/tmp/bench/stopwatch ${console_}"
$watch guest-bench.log "$1" 20 xl create -q -e /tmp/bench/create.cfg
xl destroy bench; rm -f $log/guest-bench.log
mkdir -p /run/lwd
xl create -q -e /tmp/bench/shell.cfg name='"lwd-shell-bench-1"'
id=$(xl domid lwd-shell-bench-1); xenstore-write /local/domain/$id/lwd/shell '{}'
sleep 1
$watch guest-lwd-shell-bench-1.log "$1" 20 /tmp/bench/process-channel claim lwd-shell-bench- bench '{"v":1}' '-- bench'
xl destroy bench; rm -f $log/guest-lwd-shell-bench-1.log
xl create -q -e -p /tmp/bench/create.cfg
sleep 1
$watch guest-bench.log "$1" 20 xl unpause bench
xl destroy bench; rm -f $log/guest-bench.log`;

async function measureDom0(lab) {
  const config = (extra) => domainConfig({ kernel: 'bench-stdio', memory, extra });
  await lab.send('create.cfg', config('-- bench'));
  await lab.send('shell.cfg', config('@lwd/run'));
  const found = { create: [], claim: [], unpause: [] };
  for (let index = 0; index < runs; index += 1) {
    say(`dom0 alone, run ${index + 1} of ${runs}`);
    const out = await lab.sh(byHand, [marker]);
    const lines = [...out.matchAll(/^created \d+ line (\d+)$/gm)].map(([, line]) => Number(line) / 1e9);
    if (lines.length !== 3 || lines.includes(0)) throw new Error(`main did not run three times: ${out}`);
    for (const [index, name] of Object.keys(found).entries()) found[name].push(lines[index]);
  }
  return spreads(found);
}

function spreads(found) {
  return Object.fromEntries(Object.entries(found).map(([name, values]) => [name, spread(values)]));
}

/** Has `ssh` start stopwatch in dom0 around each command of lwd's. */
function timed() {
  const timer = `/tmp/bench/stopwatch -o /tmp/bench/times ${console_} "guest-*" "${marker}" 2`;
  return { ...timedSsh(), LWD_BENCH_TIMER: timer };
}

/** Waits until a shell can be claimed. */
async function awaitShell(host) {
  for (let tries = 0; tries < 50; tries += 1) {
    const { domains } = JSON.parse((await lwd(['ps', '--json', '--host', host])).stdout);
    if (domains.some(({ state, image }) => state === 'shell' && image !== null)) return;
  }
  throw new Error('no shell became ready');
}

const up = (host, more) => ['up', '--host', host, '--memory', `${memory}M`, ...more];
const ways = { anew: [], shell: ['--pool-size', '1'] };

/** Until main runs, of lwd's program in dom0. */
async function measureDetached(lab, host, runs) {
  const found = { anew: [], shell: [] };
  await lwd(up(host, ways.shell), { cwd });
  for (let index = 0; index < runs; index += 1) {
    for (const [way, flags] of Object.entries(ways)) {
      say(`lwd up -d, ${way}, run ${index + 1} of ${runs}`);
      await awaitShell(host);
      const name = `${way}-${index}`;
      const { stdout } = await lwd(up(host, ['-d', '--json', '--name', name, ...flags]), { cwd, env: timed() });
      if (way === 'shell' && !JSON.parse(stdout).shell.claimed) throw new Error('no shell was claimed');
      const times = await lab.sh('cat /tmp/bench/times; rm /tmp/bench/times');
      const [, line] = /^created \d+ line ([1-9]\d*)$/m.exec(times);
      found[way].push(Number(line) / 1e9);
      await lwd(['down', name, '--now', '--host', host]);
    }
  }
  await lwd(['down', '--all', '--now', '--host', host]);
  return spreads(found);
}

/** Seconds until lwd shows the first of what main prints, and until its end. */
function firstLine(args) {
  return new Promise((resolve, reject) => {
    const begin = process.hrtime.bigint();
    const seconds = () => Number(process.hrtime.bigint() - begin) / 1e9;
    const env = { ...process.env, XDG_RUNTIME_DIR: runtime, NO_COLOR: '1' };
    const child = spawn(process.execPath, [join(root, 'bin/run.js'), ...args], {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let line;
    let stderr = '';
    child.stdout.on('data', () => {
      line ??= seconds();
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.on('error', reject);
    child.on('close', (status) => {
      if (status === 0 && line !== undefined) resolve({ line, end: seconds() });
      else reject(new Error(`lwd up ended with ${status}: ${stderr}`));
    });
  });
}

async function measureClock(host) {
  const found = { anew: [], shell: [], anewEnd: [], shellEnd: [] };
  await lwd(up(host, ways.shell), { cwd });
  for (let index = 0; index < 2 * runs + 1; index += 1) {
    for (const [way, flags] of Object.entries(ways)) {
      say(`lwd up, ${way}, run ${index + 1} of ${2 * runs + 1}`);
      await awaitShell(host);
      const { line, end } = await firstLine(up(host, flags));
      found[way].push(line);
      found[`${way}End`].push(end);
    }
  }
  await lwd(['down', '--all', '--now', '--host', host]);
  return spreads(found);
}

const milliseconds = ({ median, least, most }) =>
  `${(median * 1e3).toFixed(1)} ms (${(least * 1e3).toFixed(1)}–${(most * 1e3).toFixed(1)})`;

function show({ dom0, detached, detachedByClock, clock }) {
  const row = (title, without, withPool) => [
    title,
    milliseconds(without),
    milliseconds(withPool),
    `${(without.median / withPool.median).toFixed(1)} ×`,
  ];
  console.log(`\nUntil main runs, in ${virtualTime}; the last three by the clock\n`);
  console.log(
    table([
      ['', 'made anew', 'a shell', 'faster'],
      row('dom0 alone: xl create, or claiming', dom0.create, dom0.claim),
      row('dom0 alone: xl create, or xl unpause', dom0.create, dom0.unpause),
      row("lwd up -d, in dom0: lwd's program", detached.anew, detached.shell),
      row('the same, by the clock', detachedByClock.anew, detachedByClock.shell),
      row('lwd up, from its start', clock.anew, clock.shell),
      row('lwd up, to its end', clock.anewEnd, clock.shellEnd),
    ]),
  );
}

async function startLab(host, files) {
  const lab = new Lab(host);
  const status = await lab.start();
  for (const [name, content] of Object.entries(files)) await lab.send(name, content);
  return { lab, status };
}

try {
  await lwd(['build'], { cwd });
  const stopwatch = readFileSync(await compileForDom0('bench/lab/stopwatch.c'));
  const clockLab = await startLab('embedded', { stopwatch });
  const clock = await measureClock('embedded');
  const detachedByClock = await measureDetached(clockLab.lab, 'embedded', 2 * runs + 1);
  const files = {
    stopwatch,
    'bench-stdio': readFileSync(join(cwd, '.lwd/build/bench-stdio')),
    'process-channel': dom0Program('process-channel'),
  };
  const { lab } = await startLab('embedded-icount', files);
  const detached = await measureDetached(lab, 'embedded-icount', runs);
  const found = { dom0: await measureDom0(lab), detached, detachedByClock, clock };
  show(found);
  mkdirSync(join(root, 'bench/results'), { recursive: true });
  const { status } = clockLab;
  const result = {
    ...{ benchmark: 'shells', runs, memoryMiB: memory },
    modes: {
      dom0: virtualTime,
      detached: virtualTime,
      clock: 'wall clock of this machine, whatever else it does',
      detachedByClock: 'the same',
    },
    host: { ...status.capabilities, packages: status.embedded.packages },
    ...found,
  };
  writeFileSync(join(root, 'bench/results/shells.json'), `${JSON.stringify(result, undefined, 2)}\n`);
} finally {
  await cleanUp();
}
