/**
 * From `xl create` to the first line of main: lwd's images beside Debian's own kernel, on the same host in the same run,
 * in virtual time. Then sizes, the least memory, and what lwd adds to xl, in wall-clock time. LWD_BENCH_RUNS sets the
 * number of runs (3).
 */
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { initArchive } from './lab/archive.js';
import { linuxLine } from './lab/contest.js';
import {
  cleanUp,
  compileForDom0,
  domainConfig,
  Lab,
  leastThatWorks,
  lwd,
  must,
  root,
  spread,
  table,
} from './lab/host.js';

const runs = Number(process.env.LWD_BENCH_RUNS ?? 3);
const marker = 'bench: main runs';

const images = {
  'bench-stdio': { title: 'lwd, hello with printf', memory: 16, limit: 20, sizes: [4, 5, 6, 7, 8, 10, 12, 16] },
  'bench-bare': { title: 'lwd, hello with write', memory: 16, limit: 20, sizes: [4, 5, 6, 7, 8, 10, 12, 16] },
  linux: {
    title: "Debian's Linux, a static init",
    memory: 256,
    limit: 120,
    sizes: [16, 24, 32, 48, 64, 80, 96, 128, 160, 192, 256],
    extra: linuxLine,
    ramdisk: 'linux.cpio',
  },
};

function say(text) {
  process.stderr.write(`${text}\n`);
}

async function prepareFiles() {
  await must(process.execPath, ['scripts/build.js']);
  const files = { stopwatch: readFileSync(await compileForDom0('bench/lab/stopwatch.c')) };
  files['linux.cpio'] = initArchive(readFileSync(await compileForDom0('bench/lab/linux-init.c')));
  for (const name of ['stdio', 'bare']) {
    const cwd = join(root, 'bench/guest', name);
    await lwd(['build'], { cwd });
    files[`bench-${name}`] = readFileSync(join(cwd, '.lwd/build', `bench-${name}`));
  }
  return files;
}

async function startLab(host, files) {
  const lab = new Lab(host);
  const status = await lab.start();
  // Debian's kernel, as the embedded host's own image has it.
  files.linux ??= readFileSync(join(status.embedded.image, 'vmlinuz'));
  for (const [name, content] of Object.entries(files)) await lab.send(name, content);
  return { lab, status };
}

function configOf(name, memory) {
  const { extra, ramdisk } = images[name];
  return domainConfig({ kernel: name, ramdisk, memory, extra: extra ?? `-- ${name}` });
}

async function measureBoot(files) {
  const { lab, status } = await startLab('embedded-icount', files);
  const found = {};
  for (const [name, { memory, limit }] of Object.entries(images)) {
    const samples = [];
    for (let index = 0; index < runs; index += 1) {
      say(`virtual time: ${name}, run ${index + 1} of ${runs}`);
      samples.push(await lab.createByHand({ config: configOf(name, memory), marker, limit }));
    }
    const entryToMain = samples.flatMap(({ console }) => {
      const match = /entry to main (\d+) ns/.exec(console);
      return match === null ? [] : [Number(match[1]) / 1e9];
    });
    found[name] = {
      created: spread(samples.map((sample) => sample.created)),
      firstLine: spread(samples.map((sample) => sample.line)),
      ...(entryToMain.length === 0 ? {} : { entryToMain: spread(entryToMain) }),
    };
  }
  return { found, status };
}

async function measureMemory(lab) {
  const least = {};
  for (const [name, { sizes, limit }] of Object.entries(images)) {
    least[name] = await leastThatWorks(sizes, async (memory) => {
      say(`least memory: ${name} with ${memory} MiB`);
      const sample = await lab.createByHand({ config: configOf(name, memory), marker, limit: Math.min(limit, 60) });
      return sample.line > 0;
    });
  }
  return least;
}

async function repeat(count, measure) {
  const seconds = [];
  for (let index = 0; index < count; index += 1) seconds.push(await measure());
  return spread(seconds);
}

async function measureCommands(lab) {
  const cwd = join(root, 'bench/guest/stdio');
  await lab.send('bench.cfg', configOf('bench-stdio', 16));
  const command = async (args, options) => (await lwd(args, options)).seconds;
  const node = async () => (await must(process.execPath, ['-e', '0'])).seconds;
  const bySide = { up: [], bare: [] };
  await command(['up', '--host', 'embedded'], { cwd });
  for (let index = 0; index < 2 * runs + 1; index += 1) {
    say(`wall clock: lwd up and xl, run ${index + 1}`);
    bySide.up.push(await command(['up', '--host', 'embedded'], { cwd }));
    bySide.bare.push(await lab.createAndDestroy());
  }
  return {
    up: spread(bySide.up),
    createAndDestroy: spread(bySide.bare),
    buildUnchanged: await repeat(5, () => command(['build'], { cwd })),
    version: await repeat(9, () => command(['--version'])),
    help: await repeat(9, () => command(['--help'])),
    node: await repeat(9, node),
  };
}

const seconds = ({ median, least, most }) => `${median.toFixed(3)} s (${least.toFixed(3)}–${most.toFixed(3)})`;
const milliseconds = ({ median, least, most }) =>
  `${(median * 1e3).toFixed(2)} ms (${(least * 1e3).toFixed(2)}–${(most * 1e3).toFixed(2)})`;

function bootTable(boot, sizes, least) {
  const rows = Object.entries(images).map(([name, { title }]) => [
    title,
    seconds(boot[name].created),
    seconds(boot[name].firstLine),
    boot[name].entryToMain === undefined ? '-' : milliseconds(boot[name].entryToMain),
    `${(sizes[name] / 1000).toFixed(1)} kB`,
    least[name] === undefined ? 'none tried' : `${least[name]} MiB`,
  ]);
  return table([['image', 'xl create', 'create → first line', 'entry → main', 'size', 'least memory'], ...rows]);
}

function commandTable(found) {
  const ratio = (a, b) => `${(a.median / b.median).toFixed(2)} ×`;
  return table([
    ['command', 'wall clock', 'beside', ''],
    [
      'lwd up',
      seconds(found.up),
      `xl create + xl destroy ${seconds(found.createAndDestroy)}`,
      ratio(found.up, found.createAndDestroy),
    ],
    ['lwd build, nothing changed', seconds(found.buildUnchanged), '', ''],
    [
      'lwd --version',
      milliseconds(found.version),
      `node -e 0 ${milliseconds(found.node)}`,
      ratio(found.version, found.node),
    ],
    ['lwd --help', milliseconds(found.help), `node -e 0 ${milliseconds(found.node)}`, ratio(found.help, found.node)],
  ]);
}

async function main() {
  const files = await prepareFiles();
  const { found: boot, status } = await measureBoot(files);
  const { lab } = await startLab('embedded', files);
  const least = await measureMemory(lab);
  const commands = await measureCommands(lab);
  const sizes = Object.fromEntries(Object.keys(images).map((name) => [name, files[name].length]));
  const modes = {
    boot: 'virtual time (embedded-icount: one instruction of guest, Xen and dom0 = 2 ns; no caches, no TLB)',
    commands: 'wall clock of this machine (embedded), whatever else it does',
  };
  console.log(`\nBoot, in ${modes.boot}; median (least–most) of ${runs} runs; tuned Linux: ${linuxLine}\n`);
  console.log(bootTable(boot, sizes, least));
  console.log(`\nCommands, by the ${modes.commands}\n`);
  console.log(commandTable(commands));
  mkdirSync(join(root, 'bench/results'), { recursive: true });
  const result = {
    benchmark: 'boot',
    runs,
    modes,
    host: { ...status.capabilities, packages: status.embedded.packages },
    boot,
    sizes,
    leastMemoryMiB: least,
    commands,
  };
  writeFileSync(join(root, 'bench/results/boot.json'), `${JSON.stringify(result, undefined, 2)}\n`);
  console.log(`\nas JSON: bench/results/boot.json (${statSync(join(root, 'bench/results/boot.json')).size} bytes)`);
}

try {
  await main();
} finally {
  await cleanUp();
}
