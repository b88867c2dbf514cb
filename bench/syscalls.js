/**
 * The calls that a program makes most often, beside Linux: bench/guest/syscalls.c.
 */
import { runBenchmark } from './lab/run.js';

await runBenchmark(
  { name: 'syscalls', source: 'bench/guest/syscalls.c', memory: 32 },
  {
    aims: {
      clock_gettime: { most: 0.04 },
      getpid: { most: 0.02 },
      lseek: { most: 0.04 },
      'read-0-bytes': { most: 0.04 },
      'write-1-byte-to-null': { most: 0.04 },
      'open-close': { most: 1 },
      'pipe-ping-pong': { most: 0.8 },
    },
  },
);
