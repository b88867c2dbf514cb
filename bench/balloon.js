/**
 * The domain's size: how long it takes from `xl mem-set` until Xen counts so many pages, down and up again, beside Linux, in
 * virtual time, and of lwd by the clock too. Linux cannot do with as little: it is asked for less, and what is compared is MiB a
 * second.
 */
import { configOf, contest, prepareSides, sides } from './lab/contest.js';
import { publish } from './lab/figures.js';
import { cleanUp, Lab } from './lab/host.js';
import { runs, say, wantedSides } from './lab/run.js';

const memory = 256;
/** MiB; what Linux needs for itself was tried. */
const least = (side) => (sides[side].isLinux ? 112 : 32);
const benchmark = { name: 'balloon', source: 'bench/guest/balloon.c', memory, prompt: true, sides: wantedSides() };

/** Prints "MiB SECONDS" for each size that it is told to have; xl list takes some milliseconds, and is the clock's grain. */
const resize = `
  log=/var/log/xen/console/guest-bench.log
  rm -f $log
  xl create -q -e /tmp/bench/bench.cfg || exit
  while ! grep -q 'memory was used' $log; do sleep 0.2; done
  now() { cut -d' ' -f1 /proc/uptime; }
  size() { xl list bench | while read -r name id size rest; do echo $size; done | tail -n 1; }
  for wanted; do
    begin=$(now) from=$(size)
    xl mem-set bench \${wanted}m
    tries=0
    while has=$(size); [ $((has > wanted ? has - wanted : wanted - has)) -gt 1 ] && [ $tries -lt 3000 ]; do
      tries=$((tries + 1))
    done
    echo "$from $has $begin $(now)"
  done
  xl destroy bench
  rm -f $log`;

async function measure(lab, side) {
  await lab.send('bench.cfg', configOf(side, benchmark));
  const out = await lab.sh(resize, [String(least(side)), String(memory)]);
  const [down, up] = out
    .trim()
    .split('\n')
    .map((line) => line.split(' ').map(Number))
    .map(([from, to, begin, end]) => ({ from, to, seconds: end - begin, rate: Math.abs(to - from) / (end - begin) }));
  if (Math.abs(down.to - least(side)) > 1 || Math.abs(up.to - memory) > 1)
    throw new Error(`it did not get there: ${out}`);
  return {
    'given-back': { value: down.from - down.to, unit: 'MiB' },
    'down-and-up': { value: down.seconds + up.seconds, unit: 's' },
    'down-rate': { value: down.rate, unit: 'MiB/s' },
    'up-rate': { value: up.rate, unit: 'MiB/s' },
  };
}

/** On a host of that name: side → figure → spread. */
async function compare(host, wanted) {
  const lab = new Lab(host);
  const status = await lab.start();
  const own = { ...benchmark, sides: wanted };
  await prepareSides(lab, status, own);
  return { status, found: await contest(own, (side) => measure(lab, side), { runs, say }) };
}

try {
  const { status, found } = await compare('embedded-icount', benchmark.sides);
  // What people wait for, where nothing stands still.
  const own = benchmark.sides.filter((side) => !sides[side].isLinux);
  const clock = await compare('embedded', own);
  for (const side of own) found[side]['wall-clock'] = clock.found[side]['down-and-up'];
  const aims = { 'wall-clock': { most: 1 }, 'down-rate': { best: 'more' }, 'up-rate': { best: 'more' } };
  publish(benchmark.name, { status, runs, found, aims });
} finally {
  await cleanUp();
}
