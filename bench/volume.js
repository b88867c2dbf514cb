/**
 * A host directory beside Linux's 9p over the same transport, the same server and the same kind of file: bench/guest/volume.c
 * on a folder in dom0's memory. Both without a cache, each with the largest messages that it takes.
 */
import { runBenchmark } from './lab/run.js';

const folder = '/tmp/bench/volume';
const sooner = { best: 'less' };

await runBenchmark(
  {
    name: 'volume',
    source: 'bench/guest/volume.c',
    memory: 96,
    arguments: ['/data', '16'],
    devices: { volume: folder },
  },
  {
    async prepare(lab) {
      await lab.sh('rm -rf "$1" && mkdir -p "$1"', [folder]);
    },
    aims: {
      'write-1m': { times: 1 },
      'read-1m': { times: 1 },
      'write-4k': sooner,
      'read-4k': sooner,
      stat: sooner,
      'open-close': sooner,
      'create-unlink': sooner,
    },
  },
);
