/**
 * What is read of page tables for random accesses, by the size of pages: bench/guest/walk.c. Of lwd in a PVH domain, which
 * alone has all of them; a PV domain's are those of 4 KiB.
 */
import { runBenchmark } from './lab/run.js';

await runBenchmark({ name: 'walk', source: 'bench/guest/walk.c', memory: 2304, sides: ['lwdPvh'] });
