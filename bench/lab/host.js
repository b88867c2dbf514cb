/**
 * What benchmarks share: lwd on hosts of their own, programs for dom0, domains by hand beside lwd's, and figures with
 * their spread.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
/** Where this run keeps its files; removed at the end. */
export const runtime = mkdtempSync(join(tmpdir(), 'lwd-bench-'));
const startedHosts = new Set();
/** Programs under way, to be ended with this one. */
const running = new Set();
let ending;
let isBrokenOff = false;

/** Resolves to { status, stdout, stderr, seconds }; never rejects for the program's own failure. */
export function run(command, args, options) {
  // An lwd that is run once the hosts are being ended would start one again.
  return ending === undefined ? runAnyway(command, args, options) : Promise.reject(new Error('broken off'));
}

function runAnyway(command, args, { input, cwd = root, env = {} } = {}) {
  return new Promise((resolve, reject) => {
    const begin = process.hrtime.bigint();
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, XDG_RUNTIME_DIR: runtime, NO_COLOR: '1', ...env },
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    running.add(child);
    let stdout = '';
    let stderr = '';
    child.stdin?.end(input);
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.on('error', reject);
    child.on('close', (status) => {
      running.delete(child);
      const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
      resolve({ status, stdout, stderr, seconds });
    });
  });
}

/** The same, and throws unless it ends with status 0. */
export async function must(command, args, options) {
  const result = await run(command, args, options);
  if (result.status === 0) return result;
  throw new Error(`${command} ${args.join(' ').slice(0, 300)} ended with ${result.status}: ${result.stderr}`);
}

export function lwd(args, options) {
  return must(process.execPath, [join(root, 'bin/run.js'), ...args], options);
}

/** A host of the benchmark's own: nobody else's domains run beside. */
export class Lab {
  #host;
  /** The instance's folder, once it runs. */
  #run;

  constructor(host) {
    this.#host = host;
  }

  /** Resolves to what `lwd host status --json` says. */
  async start() {
    mkdirSync(runtime, { recursive: true, mode: 0o700 });
    startedHosts.add(this.#host);
    await lwd(['host', 'up', '--host', this.#host]);
    await this.sh('mkdir -p /tmp/bench');
    // Linux goes through its memory every half second, and counts it every second. In virtual time, where both processors go by
    // one clock, that would be the domain's.
    await this.sh('echo 0 >/proc/sys/vm/compaction_proactiveness; echo 3600 >/proc/sys/vm/stat_interval');
    const status = JSON.parse((await lwd(['host', 'status', '--host', this.#host, '--json'])).stdout);
    this.#run = status.embedded.run;
    return status;
  }

  /** Runs a shell text in dom0 with positional parameters. */
  async sh(text, args = [], input = undefined) {
    const flags = ['host', 'ssh', '--host', this.#host, '--', 'sh', '-c', text, 'sh', ...args];
    return (await lwd(flags, { input })).stdout;
  }

  send(name, content) {
    return this.sh('cat >"/tmp/bench/$1" && chmod 755 "/tmp/bench/$1"', [name], content);
  }

  /**
   * Creates a domain by xl alone. Resolves to seconds until xl had done its work and until the marker was on the
   * console (0: not within `limit` seconds), and to the console's text. The domain is destroyed.
   */
  async createByHand({ config, marker, limit }) {
    await this.send('bench.cfg', config);
    const text = `
      log=/var/log/xen/console/guest-bench.log
      rm -f $log
      /tmp/bench/stopwatch /var/log/xen/console guest-bench.log "$1" "$2" xl create -q -e /tmp/bench/bench.cfg
      # What follows the marker is to be there, too.
      i=0
      while [ $i -lt "$3" ] && xl list bench 2>/dev/null | grep -q -e " r----- " -e " -b---- "; do
        sleep 0.1
        i=$((i + 1))
      done
      cat $log 2>/dev/null
      xl destroy bench 2>/dev/null; rm -f $log; true`;
    const out = await this.sh(text, [marker, String(limit), '20']);
    const [, created, line] = /^created (\d+) line (\d+)$/m.exec(out) ?? [];
    return { created: Number(created) / 1e9, line: Number(line) / 1e9, console: out };
  }

  /**
   * Runs the domain of bench.cfg (sent before) to its end, dom0 asleep meanwhile. Gives what bench/lab/observer.c says:
   * the domain's lines, each with processor times. Breaks off after `limit` seconds of the host's time. A `volume` is a
   * folder of dom0 that the domain has as /data, by lwd's server (sent before).
   */
  async observe(limit, volume) {
    const serve = `
      xl create -F -p /tmp/bench/bench.cfg 2>&1 | while read -r line; do
        case $line in "Waiting for domain "*) ;; *) continue ;; esac
        id=\${line##*"(domid "} id=\${id%%")"*}
        /tmp/bench/volume-server $id /data "$1" >/dev/null && xl unpause $id
      done`;
    const text = `
      limit=$1
      shift
      /tmp/bench/observer /var/log/xen/console guest-bench.log $limit "$@"
      xl destroy bench 2>/dev/null; true`;
    const plain = ['xl', 'create', '-q', '-F', '/tmp/bench/bench.cfg'];
    const create = volume === undefined ? plain : ['sh', '-c', serve, 'sh', volume];
    return this.sh(text, [String(limit), ...create]);
  }

  /** Seconds that a file of dom0 takes by bare ssh. */
  async download(from, to) {
    const script = 'exec ssh -F "$1" dom0 cat "$2" >"$3"';
    return (await must('sh', ['-c', script, 'sh', join(this.#run, 'ssh.conf'), from, to])).seconds;
  }

  /** Seconds of one round trip that creates a domain from a configuration sent before, and destroys it. */
  async createAndDestroy() {
    const script = 'xl create -q -e /tmp/bench/bench.cfg && xl destroy bench';
    // Not by way of lwd, whose own start would count on the wrong side.
    return (await must('ssh', ['-F', join(this.#run, 'ssh.conf'), 'dom0', script])).seconds;
  }
}

/** Ends the hosts, however often it is called. Nothing can be run meanwhile, nor afterwards if a signal broke this off. */
export async function cleanUp() {
  ending ??= endHosts();
  await ending;
  if (!isBrokenOff) ending = undefined;
}

async function endHosts() {
  for (const child of running) child.kill('SIGTERM');
  for (const host of startedHosts)
    await runAnyway(process.execPath, [join(root, 'bin/run.js'), 'host', 'down', '--host', host]);
  startedHosts.clear();
  rmSync(runtime, { recursive: true, force: true });
}

// A host that a broken-off benchmark left would go on for ever. A second signal changes nothing: it is being ended.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, async () => {
    isBrokenOff = true;
    await cleanUp();
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

/** xl.cfg text of a domain "bench". Nobody but xl acts on its end, and only if it is created by `xl create -F`. */
export function domainConfig({ type = 'pv', kernel, ramdisk, memory, extra = '', devices = [] }) {
  return [
    'name = "bench"',
    `type = "${type}"`,
    `kernel = "/tmp/bench/${kernel}"`,
    ...(ramdisk === undefined ? [] : [`ramdisk = "/tmp/bench/${ramdisk}"`]),
    `cmdline = "${extra}"`,
    `memory = ${memory}`,
    'vcpus = 1',
    'cpus = "1"',
    'tsc_mode = "native"',
    ...devices,
    'on_poweroff = "destroy"',
    'on_reboot = "destroy"',
    'on_crash = "destroy"',
    '',
  ].join('\n');
}

/** A static program for dom0, which is a Linux of the same machine type. */
export async function compileForDom0(source) {
  const target = join(runtime, 'program');
  await must('clang-19', ['-O2', '-Wall', '-static', `-I${root}`, join(root, source), '-o', target]);
  return target;
}

export function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return { median: sorted[Math.floor(sorted.length / 2)], least: sorted[0], most: sorted.at(-1), runs: sorted.length };
}

/** Least of `sizes` (rising) that works; undefined if none does. Asks for about log2 of them. */
export async function leastThatWorks(sizes, works) {
  let low = 0;
  let high = sizes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (await works(sizes[middle])) high = middle;
    else low = middle + 1;
  }
  return sizes[low];
}

export function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
