/**
 * What threads cost, beside Linux: bench/guest/threads.c.
 */
import { runBenchmark } from './lab/run.js';

await runBenchmark(
  { name: 'threads', source: 'bench/guest/threads.c', memory: 32, arguments: ['2000'] },
  {
    aims: {
      'yield-alone': { most: 0.04 },
      switch: { most: 0.15 },
      mutex: { most: 0.03 },
      'condition-ping-pong': { most: 0.6 },
      'create-and-join': { most: 2 },
      'sleep-1ms-late-p50': { most: 10 },
    },
  },
);
