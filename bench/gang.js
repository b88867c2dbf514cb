/**
 * Schedulers of a task graph, beside Linux's pthreads: bench/guest/gang.c over the gang template.
 */
import { runBenchmark } from './lab/run.js';

const ofTemplate = (...names) => names.map((name) => `templates/gang/src/${name}.c`);

await runBenchmark({
  name: 'gang',
  source: 'bench/guest/gang.c',
  others: { lwd: ofTemplate('cholesky', 'pool', 'tasks', 'flow'), linux: ofTemplate('cholesky', 'pool') },
  memory: 64,
  arguments: ['16', '8'],
});
