/**
 * Memory by the page, and moving it, beside Linux: bench/guest/memory.c. Linux has so much memory since it gives no superpages
 * by itself where it has less than 512 MiB.
 */
import { runBenchmark } from './lab/run.js';

await runBenchmark(
  { name: 'memory', source: 'bench/guest/memory.c', memory: 96, linuxMemory: 640 },
  {
    aims: {
      'mmap-touch-munmap': { most: 4 },
      'fresh-page-on-demand': { most: 2 },
      'fresh-page-populated': { most: 0.5 },
      'first-write-after-read': { most: 3.5 },
    },
  },
);
