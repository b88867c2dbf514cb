/**
 * Showing, sharing and tracking pages through lwd/memory.h, beside what a program on Linux does for it: bench/guest/pages.c.
 */
import { runBenchmark } from './lab/run.js';

await runBenchmark(
  { name: 'pages', source: 'bench/guest/pages.c', memory: 320, linuxMemory: 640 },
  {
    aims: {
      'zeroes-256M-map': { most: 0.004 },
      'page-64M-map': { most: 0.003 },
      'page-64M-touch': { most: 0.002 },
      'block-64M-map': { most: 0.003 },
      'block-64M-touch': { most: 0.002 },
      'pattern-first-write': { most: 3.5 },
      'copy-of-64M': { most: 0.05 },
      'dirty-epoch-1': { most: 150 },
      'dirty-epoch-10': { most: 700 },
      'dirty-epoch-100': { most: 5500 },
      'fault-to-handler': { most: 3 },
    },
  },
);
