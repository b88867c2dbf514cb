/**
 * The kernel's pure C on this machine, under the address and undefined-behaviour sanitizers: builds each
 * test/kernel-host/*_test.c, fuzz/*_fuzz.c and those in machine/ with the sources below, and under the thread sanitizer those in
 * race/, which bring what they test; runs them, prints a verdict for each test and one
 * line of totals.
 *
 *   node scripts/kernel-host.js [NAME …]            everything (or programs whose name has NAME in it), a few seconds
 *   node scripts/kernel-host.js --fuzz [SECONDS] [NAME …]   the fuzzers only, each for SECONDS (60)
 *
 * A failure prints a seed; LWD_SEED=… repeats it. What a fuzzer finds is kept in build/kernel-host/found/.
 */
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const build = 'build/kernel-host';
const tests = 'test/kernel-host';

/** What of the kernel depends on no machine. */
const kernelSources = [
  'core/chacha.c',
  'core/format.c',
  'core/log.c',
  'core/panic.c',
  'drivers/balloon_target.c',
  'drivers/blk_name.c',
  'drivers/blk_ring.c',
  'drivers/p9_channel.c',
  'drivers/p9_codec.c',
  'drivers/net_offload.c',
  'drivers/net_ring.c',
  'hpc/dsm_codec.c',
  'hpc/memory_runs.c',
  'hpc/pmi_codec.c',
  'mm/buddy.c',
  'posix/path/cpio.c',
  'posix/path/path.c',
  'posix/process/command_line.c',
  'posix/memory/range_count.c',
  'drivers/xenstore_wire.c',
];

/**
 * What waits, and reaches the hypervisor: compiled for the machine (test/kernel-host/machine/machine.h), whose folder
 * "before" has headers that stand before the kernel's.
 */
const machineSources = [
  'arch/x86_64/platform.c',
  'arch/x86_64/switch.S',
  'drivers/blk_area.c',
  'drivers/blk_bounce.c',
  'drivers/blk_completions.c',
  'drivers/blk_piece.c',
  'drivers/blk_queue.c',
  'drivers/blkfront.c',
  'drivers/console.c',
  'drivers/front.c',
  'drivers/front_service.c',
  'drivers/netfront.c',
  'drivers/netfront_transmit.c',
  'drivers/p9_ring.c',
  'sched/mutex.c',
  'sched/wait.c',
  'xen/evtchn.c',
  'xen/gnttab.c',
  'drivers/xenstore.c',
];

/** For tests of what several vCPUs do at a time, each a thread of this machine: they include the sources that they test. */
const raceSources = ['core/format.c', 'core/log.c', 'core/panic.c'];

/**
 * What builds on page tables: compiled for a processor that is made (test/kernel-host/memory/paging.h), with the model that
 * domains are tested by.
 */
const memorySources = [
  'arch/x86_64/scan_words.S',
  'hpc/memory.c',
  'hpc/memory_fill.c',
  'hpc/memory_scan.c',
  'mm/book.c',
  'mm/fault.c',
  'mm/frame.c',
  'mm/gigabyte.c',
  'mm/map.c',
  'mm/projection.c',
  'mm/region.c',
  'mm/scan.c',
  'mm/share.c',
  'mm/superpage.c',
  'mm/table.c',
];

/** The model that drives it, in domains too (test/guest/pages). */
const modelSources = ['model.c', 'model_page.c'];

/** Where these have a domain's memory, of which there is more than a sanitizer leaves room for at the usual place. */
const memoryBase = '0x110000000000ul';

/** What of dom0's server of host directories is neither Xen's nor a program's start. */
const serverSources = ['fids.c', 'names.c', 'open_files.c', 'session.c', 'transport.c'];

/** What of dom0's attendant of a process is neither Xen's nor a program's start. */
const attendantSources = ['frames.c', 'stream.c'];

const compilerFlags = [
  '-std=gnu11 -O1 -g -fno-omit-frame-pointer -fno-sanitize-recover=all',
  '-Wall -Wextra -Werror',
  `-Ikernel -Ikernel/include -Idom0/volume-server -Idom0/process-channel -I${tests} -D__XEN_INTERFACE_VERSION__=__XEN_LATEST_INTERFACE_VERSION__`,
].join(' ');

const sanitizerEnvironment = {
  ASAN_OPTIONS: 'exitcode=99:detect_leaks=0:abort_on_error=0',
  UBSAN_OPTIONS: 'exitcode=99:print_stacktrace=1',
  TSAN_OPTIONS: 'exitcode=99',
};

/** Inputs when there is no time given; an input of a whole driver is worth many. */
const fuzzRuns = 20_000;
const machineFuzzRuns = 2_000;
const memoryFuzzRuns = 200;
const longestInput = 4096;

function findProgram(...names) {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return names.find((name) => folders.some((folder) => existsSync(join(folder, name))));
}

/** Runs a program; resolves to its status and its output, stdout and stderr in one. Never rejects for a failure. */
function run(command, args, environment = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, env: { ...process.env, ...environment } });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.on('error', reject);
    child.on('close', (status, signal) => resolve({ status, signal, stdout, stderr }));
  });
}

function programs(folder, suffix) {
  return readdirSync(join(root, tests, folder))
    .filter((file) => file.endsWith(suffix))
    .map((file) => file.slice(0, -2))
    .sort();
}

/** One ninja file for everything: what does not change is not compiled again. */
function ninjaFile(compiler, testNames, fuzzNames) {
  const lines = [`compiler = ${compiler}`, `flags = ${compilerFlags}`, `builddir = ${build}`];
  for (const [rule, sanitizers] of [
    ['test', '-fsanitize=address,undefined'],
    ['fuzz', '-fsanitize=fuzzer,address,undefined'],
    ['race', '-fsanitize=thread'],
  ]) {
    const compilation = `${sanitizers} -MD -MF $out.d -c $in -o $out`;
    lines.push(`rule compile_${rule}`, `  command = $compiler $first $flags ${compilation}`);
    lines.push('  depfile = $out.d', '  deps = gcc');
    lines.push(`rule link_${rule}`, `  command = $compiler ${sanitizers} $in -o $out`);
  }
  const object = (kind, source) => `${build}/${kind}/${source.replace(/\.[cS]$/, '.o')}`;
  const compile = (kind, path, name) => lines.push(`build ${object(kind, name)}: compile_${kind} ${path}`);
  const compileForMachine = (kind, path, name) => {
    compile(kind, path, name);
    lines.push(`  first = -I${tests}/machine/before -I${tests}/machine`);
  };
  const compileForMemory = (kind, path, name) => {
    compile(kind, path, name);
    lines.push(`  first = -DDIRECT_BASE=${memoryBase}`);
  };
  const parts = machineParts('machine');
  const kernelObjects = (kind) =>
    [
      ...kernelSources,
      ...serverSources.map((source) => `server/${source}`),
      ...attendantSources.map((source) => `attendant/${source}`),
    ].map((source) => object(kind, source));
  const machineObjects = (kind) => [...machineSources, ...parts].map((source) => object(kind, `machine/${source}`));
  const pagingParts = machineParts('memory');
  const memoryObjects = (kind) =>
    [...memorySources, ...pagingParts, ...modelSources].map((source) => object(kind, `memory/${source}`));
  for (const kind of ['test', 'fuzz']) {
    for (const source of kernelSources) compile(kind, `kernel/${source}`, source);
    for (const source of serverSources) compile(kind, `dom0/volume-server/${source}`, `server/${source}`);
    for (const source of attendantSources) compile(kind, `dom0/process-channel/${source}`, `attendant/${source}`);
    for (const source of machineSources) compileForMachine(kind, `kernel/${source}`, `machine/${source}`);
    for (const part of parts) compileForMachine(kind, `${tests}/machine/${part}`, `machine/${part}`);
    for (const source of memorySources) compileForMemory(kind, `kernel/${source}`, `memory/${source}`);
    for (const part of pagingParts) compileForMemory(kind, `${tests}/memory/${part}`, `memory/${part}`);
    for (const source of modelSources) compileForMemory(kind, `test/guest/pages/${source}`, `memory/${source}`);
  }
  compile('test', `${tests}/verdict.c`, 'verdict.c');
  compile('race', `${tests}/verdict.c`, 'verdict.c');
  for (const source of raceSources) compile('race', `kernel/${source}`, source);
  for (const name of testNames.filter((name) => isIn('race', name))) {
    compile('race', `${tests}/race/${name}.c`, `${name}.c`);
    const objects = [`${name}.c`, 'verdict.c', ...raceSources].map((source) => object('race', source));
    lines.push(`build ${build}/${name}: link_race ${objects.join(' ')}`);
  }
  for (const [kind, names] of [
    ['test', testNames.filter((name) => !isIn('race', name))],
    ['fuzz', fuzzNames],
  ]) {
    for (const name of names) {
      const needsMachine = isIn('machine', name);
      const needsMemory = isIn('memory', name);
      const folder = needsMachine ? '/machine' : needsMemory ? '/memory' : kind === 'fuzz' ? '/fuzz' : '';
      const compileIt = needsMachine ? compileForMachine : needsMemory ? compileForMemory : compile;
      compileIt(kind, `${tests}${folder}/${name}.c`, `${name}.c`);
      const objects = [object(kind, `${name}.c`), ...kernelObjects(kind)];
      if (kind === 'test') objects.push(object('test', 'verdict.c'));
      if (needsMachine) objects.push(...machineObjects(kind));
      if (needsMemory) objects.push(...memoryObjects(kind));
      lines.push(`build ${build}/${name}: link_${kind} ${objects.join(' ')}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

function isIn(folder, name) {
  return existsSync(join(root, tests, folder, `${name}.c`));
}

/** What is made in place of a machine: this one, and the backends that it knows. */
function machineParts(folder) {
  return readdirSync(join(root, tests, folder)).filter((file) => /(?<!_test|_fuzz)\.c$/.test(file));
}

const totals = { SUCCESS: 0, SKIP: 0, ERROR: 0, FAILURE: 0, CRASH: 0 };

function verdict(kind, text) {
  totals[kind]++;
  console.log(`${kind} ${text}`);
}

async function runTest(name) {
  const result = await run(join(root, build, name), [], sanitizerEnvironment);
  const lines = result.stdout.split('\n').filter((line) => line !== '');
  if (result.stderr !== '') process.stderr.write(result.stderr);
  for (const line of lines) {
    const [kind, ...rest] = line.split(' ');
    if (kind in totals) verdict(kind, rest.join(' '));
    else console.log(line);
  }
  if (lines.length === 0) verdict('CRASH', `${name}: it gave no verdict (${result.signal ?? result.status})`);
}

/** Starts from the corpus in the repository; new inputs stay in a folder that goes away, findings in build/. */
async function runFuzzer(name, seconds) {
  const topic = name.replace(/_fuzz$/, '');
  const fresh = mkdtempSync(join(tmpdir(), 'lwd-fuzz-'));
  const found = join(build, 'found');
  mkdirSync(join(root, found), { recursive: true });
  const runs = isIn('memory', name) ? memoryFuzzRuns : isIn('machine', name) ? machineFuzzRuns : fuzzRuns;
  const limit = seconds === undefined ? [`-runs=${runs}`] : [`-max_total_time=${seconds}`];
  const seed =
    process.env.LWD_SEED === undefined ? [] : [`-seed=${Number(BigInt(process.env.LWD_SEED) & 0x7fffffffn)}`];
  const corpus = join(root, tests, 'corpus', topic);
  cpSync(corpus, fresh, { recursive: true });
  const options = [...limit, ...seed, `-max_len=${longestInput}`, `-artifact_prefix=${found}/${topic}-`, '-timeout=5'];
  const result = await run(join(root, build, name), [...options, '-print_final_stats=1', fresh], sanitizerEnvironment);
  rmSync(fresh, { recursive: true });
  const done = /number_of_executed_units: (\d+)/.exec(result.stderr)?.[1] ?? '0';
  if (result.status === 0 && Number(done) > 0) {
    verdict('SUCCESS', `fuzz/${topic} (${done} inputs)`);
    return;
  }
  process.stderr.write(result.stderr.split('\n').slice(-60).join('\n'));
  verdict('CRASH', `fuzz/${topic}: see the report above; the input is in ${found}/`);
}

async function inParallel(jobs) {
  const waiting = [...jobs];
  const worker = async () => {
    for (let job = waiting.shift(); job; job = waiting.shift()) await job();
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
}

async function buildAll(testNames, fuzzNames) {
  const compiler = findProgram('clang-19', 'clang');
  const ninja = findProgram('ninja');
  if (!compiler || !ninja || !existsSync('/usr/include/xen/xen.h')) {
    verdict(
      'ERROR',
      'kernel-host: clang-19, libclang-rt-19-dev, libxen-dev and ninja-build are needed: lwd doctor --fix',
    );
    return false;
  }
  mkdirSync(join(root, build), { recursive: true });
  writeFileSync(join(root, build, 'build.ninja'), ninjaFile(compiler, testNames, fuzzNames));
  const result = await run(ninja, ['-f', `${build}/build.ninja`, '--quiet']);
  if (result.status === 0) return true;
  process.stderr.write(result.stdout + result.stderr);
  verdict('ERROR', 'kernel-host: the tests did not compile');
  return false;
}

async function main(args) {
  const fuzzOnly = args[0] === '--fuzz';
  const rest = fuzzOnly ? args.slice(1) : args;
  const seconds = fuzzOnly ? Number(/^\d+$/.test(rest[0] ?? '') ? rest.shift() : 60) : undefined;
  const wanted = (name) => rest.length === 0 || rest.some((part) => name.includes(part));

  const testNames = fuzzOnly
    ? []
    : ['', 'machine', 'memory', 'race'].flatMap((folder) => programs(folder, '_test.c')).filter(wanted);
  const fuzzNames = ['fuzz', 'machine', 'memory'].flatMap((folder) => programs(folder, '_fuzz.c')).filter(wanted);
  if (await buildAll(testNames, fuzzNames)) {
    await inParallel([
      ...fuzzNames.map((name) => () => runFuzzer(name, seconds)),
      ...testNames.map((name) => () => runTest(name)),
    ]);
  }
  const failed = totals.ERROR + totals.FAILURE + totals.CRASH;
  console.log(`kernel-host: ${totals.SUCCESS} passed, ${failed} failed, ${totals.SKIP} skipped`);
  if (failed > 0 || totals.SUCCESS === 0) process.exitCode = 1;
}

await main(process.argv.slice(2));
