/**
 * One TCP connection from a domain to dom0, beside Linux: bench/guest/net.c, which is the server in dom0 as well.
 */
import { readFileSync } from 'node:fs';
import { compileForDom0 } from './lab/host.js';
import { runBenchmark } from './lab/run.js';

const server = '10.0.3.1';
const port = '5001';
const megabytes = '16';

await runBenchmark(
  {
    name: 'net',
    source: 'bench/guest/net.c',
    memory: 64,
    arguments: [server, port, megabytes],
    devices: { network: true },
  },
  {
    async prepare(lab) {
      await lab.send('net', readFileSync(await compileForDom0('bench/guest/net.c')));
      await lab.sh('/tmp/bench/net serve "$1" >/dev/null 2>&1 </dev/null & echo started', [port]);
    },
    aims: {
      tcp_round_trip_1B: { best: 'less' },
      tcp_send: { best: 'more' },
      tcp_receive: { best: 'more' },
    },
  },
);
