/**
 * How quickly a domain gets rid of its standard output: through its process channel into a file and a pipe of dom0, beside the PV
 * console, in virtual time; and through `lwd up` into a file and a pipe of this machine, beside bare ssh, by the clock.
 * By the domain's own clock in all cases but ssh's. LWD_BENCH_RUNS sets the number of runs (3).
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { figureText, virtualTime } from './lab/figures.js';
import { cleanUp, domainConfig, Lab, lwd, must, root, runtime, spread, table } from './lab/host.js';
import { say } from './lab/run.js';

const runs = Number(process.env.LWD_BENCH_RUNS ?? 3);
const cwd = join(root, 'bench/guest/stream');
const image = join(cwd, '.lwd/build/bench-stream');
const clock = 'wall clock of this machine (embedded), whatever else it does';
/** KiB of each run. */
const sizes = { channel: 16384, console: 1024, up: 16384 };

function takenIn(text) {
  const match = /taken: ([\d.]+) MB\/s/.exec(text);
  if (match === null) throw new Error(`bench-stream did not say how quickly it was: ${text.slice(-300)}`);
  return Number(match[1]);
}

/**
 * A domain's life without lwd, but for its attendant, whose script this is: frames from lwd never come, nor end; the output goes
 * where $2 says.
 */
const throughChannel = `
cd /tmp/bench
channel=$1 log=/var/log/xen/console/guest-bench.log
rm -f words hold $log; mkfifo words hold; true >$log
if [ $2 = file ]; then "$channel" $log 0 <words 3<>hold 4>/dev/null >out &
else "$channel" $log 0 <words 3<>hold 4>/dev/null | tail -c 200 >out & fi
attendant=$!
exec 6>words
xl create -F -p bench.cfg 2>&1 6<&- | while read -r line; do
  case $line in "Waiting for domain "*) ;; *) continue ;; esac
  id=\${line##*"(domid "} id=\${id%%")"*}
  echo "domain $id" >&6
  xl unpause $id 6<&-
done
printf 'ended\\ndestroyed\\n' >&6
exec 6>&-
wait $attendant
tail -c 200 out
rm -f out words hold $log`;

const throughConsole = `
log=/var/log/xen/console/guest-bench.log
rm -f $log
xl create -q -F /tmp/bench/bench.cfg
tail -c 200 $log
rm -f $log`;

async function repeat(title, measure) {
  const found = [];
  for (let index = 1; index <= runs; index += 1) {
    say(`${title}, run ${index} of ${runs}`);
    found.push(await measure());
  }
  return spread(found);
}

async function startLab(host) {
  const lab = new Lab(host);
  const status = await lab.start();
  // The image and lwd's attendant go there with the first run.
  await lwd(['up', '--host', host, '--', '1'], { cwd });
  return { lab, status };
}

async function inVirtualTime() {
  const { lab, status } = await startLab('embedded-icount');
  await lab.send('bench-stream', readFileSync(image));
  const config = (words, kib) =>
    domainConfig({ kernel: 'bench-stream', memory: 16, extra: `${words}-- bench-stream ${kib}` });
  const attendant = (await lab.sh('grep -la "lwd1 xl process-channel" /var/lib/lwd/pushed/*')).trim();
  await lab.send('bench.cfg', config('lwd.channel=1 ', sizes.channel));
  const channel = (to) => async () => takenIn(await lab.sh(throughChannel, [attendant, to]));
  const found = {
    file: await repeat('process channel into a file', channel('file')),
    pipe: await repeat('process channel into a pipe', channel('pipe')),
  };
  await lab.send('bench.cfg', config('', sizes.console));
  found.console = await repeat('console', async () => takenIn(await lab.sh(throughConsole)));
  return { found, status };
}

async function byTheClock() {
  const { lab } = await startLab('embedded');
  const words = `"$1" "$2" up --host embedded -- ${sizes.up}`;
  const node = [process.execPath, join(root, 'bin/run.js')];
  const up = (to) => async () => takenIn((await must('sh', ['-c', `${words} ${to}`, 'sh', ...node], { cwd })).stderr);
  await lab.sh('head -c "$1" /dev/zero >/tmp/bench/zeroes', [String(sizes.up * 1024)]);
  const ssh = async () => (sizes.up * 1024) / 1e6 / (await lab.download('/tmp/bench/zeroes', join(runtime, 'got')));
  return {
    file: await repeat('lwd up into a file', up(`>"${runtime}/got"`)),
    pipe: await repeat('lwd up into a pipe', up('| cat >/dev/null')),
    ssh: await repeat('ssh', ssh),
  };
}

function show({ channel, up }) {
  const rows = [
    ['process channel → a file of dom0', virtualTime.split(' (')[0], channel.file],
    ['process channel → a pipe of dom0', virtualTime.split(' (')[0], channel.pipe],
    ['PV console → its log', virtualTime.split(' (')[0], channel.console],
    ['lwd up → a file', 'wall clock', up.file],
    ['lwd up → a pipe', 'wall clock', up.pipe],
    ['ssh, cat of a file → a file', 'wall clock', up.ssh],
  ];
  console.log(`\nstandard output, MB/s; median (least–most) of ${runs} runs\n`);
  console.log(table([['way', 'time', 'MB/s'], ...rows.map(([way, time, rate]) => [way, time, figureText(rate)])]));
}

try {
  await lwd(['build'], { cwd });
  const { found: channel, status } = await inVirtualTime();
  const up = await byTheClock();
  show({ channel, up });
  const result = {
    ...{ benchmark: 'stream', runs, kib: sizes, modes: { channel: virtualTime, up: clock } },
    host: { ...status.capabilities, packages: status.embedded.packages },
    ...{ unit: 'MB/s', channel, up },
  };
  mkdirSync(join(root, 'bench/results'), { recursive: true });
  writeFileSync(join(root, 'bench/results/stream.json'), `${JSON.stringify(result, undefined, 2)}\n`);
} finally {
  await cleanUp();
}
