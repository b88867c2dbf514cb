/**
 * The factorisation of a matrix that is larger than the domain's memory, whole (templates/outofcore), beside Linux: the
 * same tiles in as much memory, on the same disk, a file in dom0's memory.
 */
import { runBenchmark } from './lab/run.js';

const disk = '/tmp/bench/disk';

await runBenchmark(
  {
    name: 'outofcore',
    source: 'bench/guest/outofcore.c',
    // Linux gets more, since it does not start with less than 80; what it computes in is the same.
    memory: 4,
    arguments: ['/dev/xvda', '1536', '64', '768'],
    devices: { disk },
    limit: 1800,
  },
  {
    async prepare(lab) {
      await lab.sh('dd if=/dev/zero of="$1" bs=1M count=10 2>/dev/null', [disk]);
    },
    aims: { factorisation: { best: 'less' } },
  },
);
