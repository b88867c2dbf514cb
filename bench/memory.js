/**
 * Memory by the page, and moving it, beside Linux: bench/guest/memory.c.
 */
import { runBenchmark } from './lab/run.js';

await runBenchmark(
  { name: 'memory', source: 'bench/guest/memory.c', memory: 96 },
  {
    aims: {
      'mmap-touch-munmap': { most: 4 },
      'fresh-page-on-demand': { most: 2 },
      'fresh-page-populated': { most: 0.5 },
      'first-write-after-read': { most: 3.5 },
    },
  },
);
