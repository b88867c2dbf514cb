/**
 * A whole benchmark: a host of its own, every side built and run, its table and its file.
 * LWD_BENCH_RUNS sets the number of runs (3), LWD_BENCH_SIDES which sides (all): "lwd,linuxPv".
 */

import { readFileSync } from 'node:fs';
import { contest, prepareSides, runOnce, sides } from './contest.js';
import { publish } from './figures.js';
import { cleanUp, compileForDom0, Lab } from './host.js';

export const runs = Number(process.env.LWD_BENCH_RUNS ?? 3);

export function wantedSides() {
  const wanted = process.env.LWD_BENCH_SIDES?.split(',') ?? Object.keys(sides);
  for (const side of wanted)
    if (!(side in sides)) throw new Error(`LWD_BENCH_SIDES: ${side} is none of ${Object.keys(sides)}`);
  return wanted;
}

export function say(text) {
  process.stderr.write(`${text}\n`);
}

/**
 * `benchmark`: { name, source, others? (more sources: { lwd, linux }), sides? (if not all), memory (MiB), linuxMemory? (more of
 * it), arguments?, devices?, prompt?, limit?, pool? }. `prepare(lab)` makes in dom0 what the devices need; `derive` adds figures
 * to a run's; `aims` as in figures.js.
 */
export async function runBenchmark(asked, { aims, derive = ({ figures }) => figures, prepare, more } = {}) {
  const benchmark = { ...asked, sides: wantedSides().filter((side) => asked.sides?.includes(side) ?? true) };
  try {
    const lab = new Lab('embedded-icount');
    const status = await lab.start();
    await lab.send('observer', readFileSync(await compileForDom0('bench/lab/observer.c')));
    await prepareSides(lab, status, benchmark);
    await prepare?.(lab);
    const measure = async (side) => derive(await runOnce(lab, side, benchmark, say));
    const found = await contest(benchmark, measure, { runs, say });
    publish(benchmark.name, { status, runs, found, aims, more: await more?.(lab) });
  } finally {
    await cleanUp();
  }
}
