/**
 * A raw disk, past every cache, beside Linux: bench/guest/block.c, on a file in dom0's memory. Processor time of a request
 * is the domain's and dom0's (the backend's) between two of the lines that the benchmark prints.
 */
import { runBenchmark } from './lab/run.js';

const disk = '/tmp/bench/disk';
const seconds = 0.5;

/** Adds, for each figure, the processor time of one request on both sides. */
function withProcessorTime({ figures, times }) {
  const found = { ...figures };
  for (const [index, { text, domain, dom0 }] of times.entries()) {
    const [figure] = text.split(' ');
    const before = times[index - 1];
    if (before === undefined || !(figure in figures)) continue;
    const perSecond = figures[figure].unit === '/s' ? figures[figure].value : (figures[figure].value * 1e6) / 2 ** 20;
    const cost = (now, then) => ({ value: (now - then) / 1e3 / (perSecond * seconds), unit: 'us' });
    found[`${figure}-domain-cpu`] = cost(domain, before.domain);
    found[`${figure}-dom0-cpu`] = cost(dom0, before.dom0);
  }
  return found;
}

const shares = {
  'iops-4k-depth-1': 0.5,
  'iops-4k-depth-32': 0.333,
  'sequential-1m-depth-1': 0.5,
  'sequential-1m-depth-4': 0.333,
  'sequential-1m-depth-32': 0.333,
};

await runBenchmark(
  {
    name: 'block',
    source: 'bench/guest/block.c',
    memory: 96,
    arguments: ['/dev/xvda', String(seconds)],
    devices: { disk },
    prompt: true,
  },
  {
    derive: withProcessorTime,
    async prepare(lab) {
      await lab.sh('dd if=/dev/zero of="$1" bs=1M count=128 2>/dev/null', [disk]);
    },
    aims: Object.fromEntries(
      Object.entries(shares).flatMap(([figure, share]) => [
        [figure, { times: 1.2 }],
        [`${figure}-domain-cpu`, { share }],
      ]),
    ),
  },
);
