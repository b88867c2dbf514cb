/**
 * Loaded into an lwd that is measured (NODE_OPTIONS): when it ends, writes to the file that LWD_BENCH_USAGE names what it took:
 * processor time of its own and of the programs that it started, in seconds, and memory at the most, in bytes.
 */
const { readFileSync, writeFileSync } = require('node:fs');

const ticksPerSecond = 100;

process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  // The name, in parentheses, may hold blanks: fields are counted from behind it. cutime and cstime are the 16th and 17th.
  const fields = readFileSync('/proc/self/stat', 'latin1').split(') ').pop().split(' ');
  const children = (Number(fields[13]) + Number(fields[14])) / ticksPerSecond;
  const usage = { own: (userCPUTime + systemCPUTime) / 1e6, children, memory: maxRSS * 1024 };
  writeFileSync(process.env.LWD_BENCH_USAGE, JSON.stringify(usage));
});
