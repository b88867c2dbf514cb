/**
 * Noise, beside Linux, and what policies of scheduling cost: bench/guest/sched.c. Once as a host comes, and once with the
 * domain alone in a pool of its own whose scheduler looks in once a second: Xen's default one does so every 10 ms, whatever the
 * domain is.
 */
import { runBenchmark } from './lab/run.js';

const benchmark = { source: 'bench/guest/sched.c', memory: 32, arguments: ['2000'] };
const aims = {
  'noise-mean-over-least': { most: 0.05 },
  'noise-disturbed': { most: 0.5 },
  'switch-default': { most: 0.15 },
};

async function makePool(lab) {
  const script = `
    xl cpupool-cpu-remove Pool-0 1 &&
    xl cpupool-create 'name="quiet"' 'sched="credit"' 'cpus=["1"]' &&
    xl sched-credit -s -p quiet -t 1000 -r 0`;
  await lab.sh(script);
}

await runBenchmark({ ...benchmark, name: 'sched' }, { aims });
await runBenchmark({ ...benchmark, name: 'sched-quiet', pool: 'quiet' }, { aims, prepare: makePool });
