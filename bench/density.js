/**
 * Many small domains on one host: what the nth costs dom0 if lwd makes it, beside bare `xl create`; what `lwd ps` costs over
 * all of them, beside `xl list`; and what lwd itself takes in one command of 32 domains. dom0's time is virtual, and without the
 * way there: of each command that lwd has dom0 run, from its start to its end. lwd's own is of this machine.
 * LWD_BENCH_DOMAINS sets how many (32).
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { virtualTime } from './lab/figures.js';
import { cleanUp, compileForDom0, Lab, lwd, root, runtime, spread, table } from './lab/host.js';
import { say } from './lab/run.js';
import { timedSsh } from './lab/timed-ssh.js';

const most = Number(process.env.LWD_BENCH_DOMAINS ?? 32);
const host = 'embedded-icount';
const cwd = join(root, 'bench/guest/sleep');
/** Each point is the median of the creations around it. */
const points = [1, 8, 32].filter((point) => point <= most);

const config = (index) => `name = "bare-${index}"
type = "pv"
kernel = "/tmp/bench/sleep"
cmdline = "-- bench-sleep"
memory = 8
vcpus = 1
tsc_mode = "native"
`;

/** KiB of dom0's memory that are not free for others. */
async function usedMemory(lab) {
  const out = await lab.sh('echo 3 >/proc/sys/vm/drop_caches; cat /proc/meminfo');
  const value = (key) => Number(new RegExp(`^${key}: +(\\d+) kB`, 'm').exec(out)[1]);
  return value('MemTotal') - value('MemAvailable');
}

/** Seconds that dom0 was at the commands of an lwd. */
async function timeOf(lab, args) {
  await lwd(args, { cwd, env: timedSsh() });
  const times = (await lab.sh('cat /tmp/bench/times; rm /tmp/bench/times')).trim().split('\n');
  return times.reduce((sum, each) => sum + Number(each) / 1e9, 0);
}

/** The same of a command without lwd. */
function bareTimeOf(lab, ...command) {
  return timeOf(lab, ['host', 'ssh', '--host', host, '--', ...command]);
}

/** Makes one domain after the other; gives the time of each, and dom0's memory at the points. */
async function fill(lab, title, create) {
  const seconds = [];
  const before = await usedMemory(lab);
  const memory = {};
  for (let index = 1; index <= most; index += 1) {
    say(`${title}: domain ${index} of ${most}`);
    seconds.push(await create(index));
    if (points.includes(index)) memory[index] = (await usedMemory(lab)) - before;
  }
  return { seconds, memory };
}

function at(seconds, point) {
  const from = Math.max(0, Math.min(point - 2, seconds.length - 3));
  return spread(seconds.slice(from, from + 3));
}

/** Runs lwd and gives what it took. */
async function usageOf(args) {
  const file = join(runtime, 'usage.json');
  const options = `--require ${join(root, 'bench/lab/usage.cjs')}`;
  await lwd(args, { cwd, env: { NODE_OPTIONS: options, LWD_BENCH_USAGE: file } });
  return JSON.parse(readFileSync(file, 'utf8'));
}

async function measure(lab) {
  const bare = await fill(lab, 'xl create', async (index) => {
    await lab.send('bare.cfg', config(index));
    return bareTimeOf(lab, 'xl', 'create', '-q', '/tmp/bench/bare.cfg');
  });
  // Until the last of the processes that xl leaves with each domain is gone: their memory is not to be counted as free later.
  await lab.sh(`for i in $(seq ${most}); do xl destroy bare-$i; done; while pidof xl >/dev/null; do sleep 0.1; done`);
  const up = ['up', '--host', host, '--memory', '8M'];
  // The image goes there with the first; what is measured are those after it.
  await lwd([...up, '--', 'end'], { cwd, env: timedSsh() });
  await lab.sh('rm /tmp/bench/times');
  const own = await fill(lab, 'lwd up -d', (index) => timeOf(lab, [...up, '-d', '--name', `lwd-${index}`]));
  say('lwd ps and xl list');
  const lists = { ps: [], list: [] };
  for (let index = 0; index < 5; index += 1) {
    lists.ps.push(await timeOf(lab, ['ps', '--host', host]));
    lists.list.push(await bareTimeOf(lab, 'xl', 'list'));
  }
  await lwd(['down', '--all', '--now', '--host', host]);
  say(`lwd up --count ${most}`);
  await lwd([...up, '--', 'end'], { cwd });
  const many = await usageOf([...up, '--count', String(most), '--', 'end']);
  const one = await usageOf([...up, '--', 'end']);
  return { bare, own, ps: spread(lists.ps), list: spread(lists.list), many, one };
}

const milliseconds = ({ median, least, most: highest }) =>
  `${(median * 1e3).toFixed(1)} ms (${(least * 1e3).toFixed(1)}–${(highest * 1e3).toFixed(1)})`;

function show({ bare, own, ps, list, many, one }) {
  const rows = points.map((point) => {
    const [ours, theirs] = [at(own.seconds, point), at(bare.seconds, point)];
    const ratio = `${(ours.median / theirs.median).toFixed(2)} ×`;
    const memory = (side) => `${(side.memory[point] / 1024).toFixed(1)} MiB`;
    return [String(point), milliseconds(ours), milliseconds(theirs), ratio, memory(own), memory(bare)];
  });
  const heading = ['domain', 'lwd up -d', 'xl create', 'ratio', 'memory, lwd', 'memory, xl'];
  console.log(`\ndom0 for the nth domain, in ${virtualTime}\n`);
  console.log(table([heading, ...rows]));
  const listing = [`over ${most}`, milliseconds(ps), milliseconds(list), `${(ps.median / list.median).toFixed(2)} ×`];
  console.log(`\n${table([['', 'lwd ps', 'xl list', 'ratio'], listing])}\n`);
  const row = (name, { own: cpu, children, memory }) => [
    name,
    `${cpu.toFixed(2)} s`,
    `${children.toFixed(2)} s`,
    `${(memory / 2 ** 20).toFixed(0)} MiB`,
  ];
  const usage = [row(`lwd up --count ${most}`, many), row('lwd up', one)];
  console.log(table([['command', 'own CPU', 'CPU of ssh', 'memory'], ...usage]));
}

try {
  await lwd(['build'], { cwd });
  const lab = new Lab(host);
  const status = await lab.start();
  await lab.send('took', readFileSync(await compileForDom0('bench/lab/took.c')));
  await lab.send('sleep', readFileSync(join(cwd, '.lwd/build/bench-sleep')));
  const found = await measure(lab);
  show(found);
  mkdirSync(join(root, 'bench/results'), { recursive: true });
  const result = {
    ...{ benchmark: 'density', domains: most, mode: virtualTime },
    host: { ...status.capabilities, packages: status.embedded.packages },
    ...found,
  };
  writeFileSync(join(root, 'bench/results/density.json'), `${JSON.stringify(result, undefined, 2)}\n`);
} finally {
  await cleanUp();
}
