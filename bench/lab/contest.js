/**
 * One benchmark source on lwd and on Debian's Linux, each as a PV and as a PVH domain, on the same host in the same run:
 * builds it for both, runs it in a domain that has nothing else to do, reads its figures ("NAME VALUE UNIT", a line each).
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { initArchive } from './archive.js';
import { domainConfig, lwd, must, root, runtime, spread } from './host.js';

/** Linux as it is fastest here: nothing to guard against, and a clock that needs no hypercall. */
export const linuxLine = 'console=hvc0 quiet mitigations=off tsc=reliable clocksource=tsc';

/** `rival`: the Linux of the same type. */
export const sides = {
  lwd: { title: 'lwd, PV', type: 'pv', rival: 'linuxPv' },
  lwdPvh: { title: 'lwd, PVH', type: 'pvh', rival: 'linuxPvh' },
  linuxPv: { title: 'Linux, PV', type: 'pv', isLinux: true },
  linuxPvh: { title: 'Linux, PVH', type: 'pvh', isLinux: true },
};

/** What two instructions take in virtual time: how a run is known whose clock was wrong. */
const loopNanoseconds = 4;
const attempts = 4;

const address = '10.0.3.40';

/** A folder of the benchmark's own with its source as a file that the lab's main can call. */
function sourceFolder(name, source) {
  const folder = join(runtime, name);
  mkdirSync(folder, { recursive: true });
  const include = JSON.stringify(join(root, source));
  writeFileSync(join(folder, 'benchmark.c'), `#define main benchmark_main\n#include ${include}\n`);
  return folder;
}

/** lwd's image of a benchmark; gives its content. */
async function buildForLwd(name, source, others = []) {
  const cwd = sourceFolder(name, source);
  const sources = [join(cwd, 'benchmark.c'), join(root, 'bench/lab/main.c'), ...others.map((file) => join(root, file))];
  const build = { sources, include: [root], flags: ['-O2', '-D_GNU_SOURCE'] };
  writeFileSync(join(cwd, 'lwd.yaml'), `${JSON.stringify({ name: `bench-${name}`, build })}\n`);
  await lwd(['build'], { cwd });
  return readFileSync(join(cwd, '.lwd/build', `bench-${name}`));
}

/** Linux's whole file tree: the benchmark as process 1, and the drivers that Debian has as modules. */
async function buildForLinux(name, source, image, others = []) {
  const cwd = sourceFolder(name, source);
  const lab = ['bench/lab/main.c', 'bench/lab/linux.c', ...others].map((file) => join(root, file));
  const flags = ['-O2', '-static', '-pthread', '-D_GNU_SOURCE', `-I${root}`];
  await must('clang-19', [...flags, join(cwd, 'benchmark.c'), ...lab, '-lm', '-o', join(cwd, 'init')]);
  const folder = join(image, 'guest-modules');
  const order = readFileSync(join(folder, 'order'), 'utf8');
  const files = { 'modules/order': Buffer.from(order) };
  for (const path of order.trim().split('\n')) files[`modules/${path}`] = readFileSync(join(folder, path));
  return initArchive(readFileSync(join(cwd, 'init')), files);
}

/** `lab` is started. Sends everything that the wanted sides need to run `source`. */
export async function prepareSides(lab, status, { name, source, others, devices, sides: wanted }) {
  if (wanted.some((side) => sides[side].isLinux)) {
    await lab.send('linux', readFileSync(join(status.embedded.image, 'vmlinuz')));
    await lab.send(`linux-${name}.cpio`, await buildForLinux(name, source, status.embedded.image, others?.linux));
  }
  if (wanted.some((side) => !sides[side].isLinux))
    await lab.send(`bench-${name}`, await buildForLwd(name, source, others?.lwd));
  if (devices?.volume === undefined) return;
  const { stdout } = await lwd(['host', 'volume-server']);
  await lab.send('volume-server', readFileSync(stdout.trim()));
}

const words = (entries) => Object.entries(entries).map(([key, value]) => `${key}=${value}`);

export function configOf(
  side,
  { name, memory, linuxMemory = 256, arguments: args = [], devices = {}, prompt = false, pool },
) {
  const { type, isLinux } = sides[side];
  const { network, disk, volume } = devices;
  const marks = prompt ? { BENCH_PROMPT: 1 } : {};
  const wanted = {
    ...(network ? { BENCH_IP: address } : {}),
    ...(disk === undefined ? {} : { BENCH_DISK: '/dev/xvda' }),
    ...(volume === undefined ? {} : { BENCH_VOLUME: '/data' }),
  };
  const environment = isLinux
    ? { ...wanted, ...marks }
    : { ...(network ? { LWD_NETWORK_0: `ip=${address}/24` } : {}), ...marks };
  return domainConfig({
    type,
    memory: isLinux ? Math.max(memory, linuxMemory) : memory,
    kernel: isLinux ? 'linux' : `bench-${name}`,
    ramdisk: isLinux ? `linux-${name}.cpio` : undefined,
    extra: [...(isLinux ? [linuxLine] : []), ...words(environment), '--', ...(isLinux ? [] : [name]), ...args].join(
      ' ',
    ),
    devices: [
      ...(pool === undefined ? [] : [`pool = "${pool}"`]),
      ...(network ? ['vif = ["bridge=xenbr0"]'] : []),
      ...(disk === undefined ? [] : [`disk = ["format=raw,vdev=xvda,access=rw,backendtype=phy,target=${disk}"]`]),
    ],
  });
}

/** What a domain printed → { figure: { value, unit } }, and the processor times at each line. Throws if it failed. */
export function readFigures(output) {
  const figures = {};
  const times = [];
  let ended;
  let clockIsRight = true;
  for (const line of output.split('\n')) {
    const [, domain, dom0, text = ''] = /^@ (\d+) (\d+) (.*?)\r?$/.exec(line) ?? [];
    const [, figure, value, unit] = /^([a-z][\w-]*) ([\d.e+-]+) (\S+)$/.exec(text) ?? [];
    const [, status] = /^bench: status (\d+)$/.exec(text) ?? [];
    const [, loop] = /^bench: loop ([\d.]+) ns$/.exec(text) ?? [];
    if (loop !== undefined && Math.abs(Number(loop) - loopNanoseconds) > 0.02 * loopNanoseconds) clockIsRight = false;
    if (domain !== undefined) times.push({ text, domain: Number(domain), dom0: Number(dom0) });
    if (figure !== undefined) figures[figure] = { value: Number(value), unit };
    if (status !== undefined) ended = Number(status);
  }
  if (ended !== 0) throw new Error(`the benchmark ended with ${ended ?? 'nothing'}:\n${output}`);
  return { figures, times, clockIsRight };
}

/**
 * One run of a prepared benchmark on one side. It has been seen that the clock of PV domains ran at half its speed all
 * through a run, for a reason that is not known: such a run is of no use. Nor is one in which Linux has died, as it does now and
 * then as a PVH domain under an emulated processor.
 */
export async function runOnce(lab, side, benchmark, say) {
  await lab.send('bench.cfg', configOf(side, benchmark));
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const output = await lab.observe(benchmark.limit ?? 120, benchmark.devices?.volume);
    const died = sides[side].isLinux && output.includes('Kernel panic - not syncing');
    const run = died ? undefined : readFigures(output);
    if (run?.clockIsRight) return run;
    say(`${benchmark.name}: ${died ? 'Linux died' : 'the clock of this run was wrong'}, once more`);
  }
  throw new Error(`${benchmark.name}: no run of ${attempts} was of use`);
}

/**
 * All runs of all sides: side → figure → { unit, median, least, most, runs }. `measure(side)` makes one run, and gives
 * figure → { value, unit }.
 */
export async function contest({ name, sides: wanted }, measure, { runs, say }) {
  const found = {};
  for (const side of wanted) {
    const samples = [];
    for (let index = 0; index < runs; index += 1) {
      say(`${name}: ${sides[side].title}, run ${index + 1} of ${runs}`);
      samples.push(await measure(side));
    }
    found[side] = {};
    for (const figure of Object.keys(samples[0]))
      found[side][figure] = {
        unit: samples[0][figure].unit,
        ...spread(samples.map((sample) => sample[figure].value)),
      };
  }
  return found;
}
