/**
 * A real Slurm of four nodes on this machine: a controller, four slurmd, munge, in a folder of their own and on loopback. Its
 * jobs' domains run on the tests' embedded host, which all four nodes take for theirs. No service manager, no fixed port, nothing
 * outside of the folder; it ends with the process that started it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Ended, root, runLwd } from './lwd.js';
import { slurmConf } from './slurm-conf.js';
import { type SlurmPrograms, slurmHeaders, slurmPrograms } from './slurm-packages.js';

export const nodes = ['xen0', 'xen1', 'xen2', 'xen3'];
/** The embedded host has two CPUs; each node has both, xen1 the other way round. */
const cpuMap = '# node  Xen CPUs\nxen1 1,0\nxen*   0-1\n';
const patience = 120_000;

export class SlurmLab {
  readonly folder: string;
  readonly environment: Record<string, string>;
  /** By their names, a node's slurmd by the node's; in the order in which they were started. */
  readonly #daemons = new Map<string, { process: ChildProcess; start(): ChildProcess }>();
  readonly #programs: SlurmPrograms;

  private constructor(folder: string, programs: SlurmPrograms, runtimeDirectory: string) {
    this.folder = folder;
    this.#programs = programs;
    this.environment = {
      PATH: `${programs.path}:${process.env.PATH ?? ''}`,
      LD_LIBRARY_PATH: programs.libraries,
      SLURM_CONF: join(folder, 'slurm.conf'),
      LWD_CPU_MAP: join(folder, 'cpu-map'),
      LWD_HOST: 'embedded',
      XDG_RUNTIME_DIR: runtimeDirectory,
    };
  }

  /** Resolves when all nodes are idle. Rejects if the packages cannot be had, or Slurm does not come up. */
  static async start(runtimeDirectory: string): Promise<SlurmLab> {
    const folder = mkdtempSync(join(tmpdir(), 'lwd-slurm-'));
    // Jobs of other users run Slurm's programs too, and talk to munge.
    chmodSync(folder, 0o755);
    const lab = new SlurmLab(folder, slurmPrograms(join(folder, 'slurm')), runtimeDirectory);
    try {
      await lab.#writeFiles();
      lab.#daemon('munged', ['--foreground', '--force', ...lab.#mungeOptions()]);
      lab.#daemon('slurmctld', ['-D']);
      for (const node of nodes) lab.#daemon('slurmd', ['-D', '-N', node, '-d', lab.#programs.slurmstepd], node);
      await lab.until('all nodes are idle', async () => {
        const { stdout } = await lab.run('sinfo', ['--noheader', '--Node', '--format', '%T']);
        return stdout.split('\n').filter((state) => state === 'idle').length === nodes.length;
      });
      return lab;
    } catch (error) {
      const logs = lab.logs();
      await lab.stop();
      throw new Error(`Slurm did not come up: ${error instanceof Error ? error.message : error}\n${logs}`);
    }
  }

  /**
   * Ends just the processes that it started. What a job still runs would outlive its slurmd: so no job may be left, and the
   * controller, which sees to that, is the last but one to go.
   */
  async stop(): Promise<void> {
    await this.#endJobs().catch(() => {});
    for (const { process: daemon } of [...this.#daemons.values()].reverse()) {
      const gone = new Promise((resolve) => daemon.once('exit', resolve));
      if (daemon.exitCode !== null || daemon.signalCode !== null) continue;
      daemon.kill('SIGTERM');
      const timer = setTimeout(() => daemon.kill('SIGKILL'), 10_000);
      await gone;
      clearTimeout(timer);
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** kill -9 of a daemon, and no word to anybody. Resolves when it is gone; what it has started goes on. */
  async kill(name: string): Promise<void> {
    const daemon = this.#daemons.get(name)?.process;
    if (daemon === undefined || daemon.exitCode !== null || daemon.signalCode !== null) return;
    const gone = new Promise((resolve) => daemon.once('exit', resolve));
    daemon.kill('SIGKILL');
    await gone;
  }

  isAlive(name: string): boolean {
    const daemon = this.#daemons.get(name)?.process;
    return daemon?.exitCode === null && daemon.signalCode === null;
  }

  /** Starts one again that was killed. */
  restart(name: string): void {
    const daemon = this.#daemons.get(name);
    if (daemon !== undefined) daemon.process = daemon.start();
  }

  /** Runs one of Slurm's programs, or any other, as a user of the cluster would. */
  run(command: string, args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
    const child = spawn(command, args, {
      cwd: this.folder,
      env: { ...process.env, NO_COLOR: '1', ...this.environment, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: patience,
      killSignal: 'SIGKILL',
    });
    const out: Buffer[] = [];
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk));
    return new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (status) => {
        const bytes = Buffer.concat(out);
        resolve({ status: status ?? undefined, stdout: bytes.toString('utf8'), stderr, bytes });
      });
    });
  }

  /** Submits a job script; gives its number. `name` is that of its files. */
  async submit(name: string, script: string, options: readonly string[] = []): Promise<string> {
    const file = join(this.folder, `${name}.sh`);
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    const all = ['--parsable', `--output=${name}.%a.out`, ...options, file];
    const { status, stdout, stderr } = await this.run('sbatch', all);
    if (status !== 0) throw new Error(`sbatch ended with ${status}: ${stderr}`);
    return stdout.trim();
  }

  /** What a job of that name has written so far. */
  written(name: string, index = '4294967294'): string {
    try {
      return readFileSync(join(this.folder, `${name}.${index}.out`), 'utf8');
    } catch {
      return '';
    }
  }

  /** One of the fields that `scontrol show job` prints, or of a node's. */
  async field(job: string, name: string, kind: 'job' | 'node' = 'job'): Promise<string> {
    const { stdout } = await this.run('scontrol', ['show', kind, job]);
    return new RegExp(`\\b${name}=(\\S+)`).exec(stdout)?.[1] ?? '';
  }

  /** Waits for a job's end, its epilogs included; gives its state. `within`: milliseconds. */
  async ended(job: string, within = patience): Promise<string> {
    let state = '';
    await this.until(
      `job ${job} has ended`,
      async () => {
        state = await this.field(job, 'JobState');
        const { stdout } = await this.run('squeue', ['--noheader', '--states=all', '--jobs', job, '--format', '%T']);
        return !/PENDING|RUNNING|COMPLETING|SUSPENDED/.test(`${state} ${stdout}`);
      },
      within,
    );
    return state;
  }

  async until(what: string, look: () => Promise<boolean>, within = patience): Promise<void> {
    const deadline = performance.now() + within;
    while (!(await look())) {
      if (performance.now() > deadline) throw new Error(`not so after ${within / 1000} s: ${what}\n${this.logs()}`);
      await delay(100);
    }
  }

  async #endJobs(): Promise<void> {
    if (this.#daemons.size < 2 + nodes.length) return;
    await this.run('scancel', ['--user', userInfo().username]);
    await this.until('no job is left', async () => {
      const { status, stdout } = await this.run('squeue', ['--noheader', '--format', '%A']);
      return status !== 0 || stdout.trim() === '';
    });
  }

  /** The last that each daemon wrote. */
  logs(): string {
    return ['munged', 'slurmctld', ...nodes]
      .map((name) => `--- ${name}\n${this.#log(name).trim().split('\n').slice(-8).join('\n')}`)
      .join('\n');
  }

  #log(name: string): string {
    try {
      return readFileSync(join(this.folder, `${name}.log`), 'utf8');
    } catch {
      return '';
    }
  }

  #mungeOptions(): string[] {
    const at = (name: string) => join(this.folder, 'munge', name);
    return [
      ...[`--socket=${at('socket')}`, `--pid-file=${at('pid')}`, `--log-file=${at('log')}`],
      ...[`--key-file=${at('key')}`, `--seed-file=${at('seed')}`],
    ];
  }

  /** It gets SIGTERM when this process ends, however that may be. */
  #daemon(program: string, args: readonly string[], name = program): void {
    const env = { ...process.env, ...this.environment };
    const command = ['--pdeathsig', 'TERM', program, ...args];
    const start = () => {
      const log = openSync(join(this.folder, `${name}.log`), 'a');
      return spawn('setpriv', command, { cwd: this.folder, env, stdio: ['ignore', log, log] });
    };
    this.#daemons.set(name, { process: start(), start });
  }

  async #writeFiles(): Promise<void> {
    const { folder } = this;
    for (const name of ['munge', 'state', ...nodes]) mkdirSync(join(folder, name), { mode: 0o755 });
    writeFileSync(join(folder, 'munge/key'), randomBytes(128), { mode: 0o400 });
    writeFileSync(join(folder, 'cpu-map'), cpuMap);
    const install = ['slurm', 'install', '--prefix', folder, '--nodes', 'xen[0-3]', '--domains', '8', '--spank'];
    const { status, stdout, stderr } = await runLwd([...install, '--json'], { env: this.environment });
    if (status !== 0) throw new Error(`lwd slurm install ended with ${status}: ${stderr}`);
    const { missing: asked, build } = JSON.parse(stdout) as { missing: { line: string }[]; build: string };
    const built = await this.run('sh', ['-c', build], { CPATH: slurmHeaders() });
    if (built.status !== 0) throw new Error(`${build}: ${built.stderr}`);
    writeFileSync(join(folder, 'plugstack.conf'), `include ${join(folder, 'lwd/plugstack.conf')}\n`);
    const missing = asked.map(({ line }) => line);
    // Four nodes that look after one emulated host would be most of what it does: the test runs the check itself.
    const lines = missing.filter((line) => !line.startsWith('HealthCheckInterval='));
    const own = await slurmConf(folder, this.#programs.plugins, nodes);
    writeFileSync(join(folder, 'slurm.conf'), `${[...own, ...lines].join('\n')}\n`);
    // Newer ones look for control groups even where nothing uses them; 22.05 does not know this word.
    const { stdout: version } = await this.run('slurmctld', ['-V']);
    const isNew = Number(/(\d+)\.\d+\.\d+/.exec(version)?.[1] ?? 0) >= 24;
    if (isNew) writeFileSync(join(folder, 'cgroup.conf'), 'CgroupPlugin=disabled\n');
    writeFileSync(join(folder, 'gres.conf'), `Include ${join(folder, 'lwd/gres.conf')}\n`);
    // The one file that a site makes its own.
    const words = ['PATH', 'LWD_HOST', 'XDG_RUNTIME_DIR'].map((key) => `${key}='${this.environment[key]}'`);
    const cache = process.env.XDG_CACHE_HOME === undefined ? [] : [`XDG_CACHE_HOME='${process.env.XDG_CACHE_HOME}'`];
    const text = [...words, ...cache, `HOME='${userInfo().homedir}'`].map((line) => `export ${line}`);
    // For tests of what a node does that cannot reach its Xen, and of one that has another Xen than the node before.
    const faults = [
      `unhealthy='${folder}'/unhealthy-$SLURMD_NODENAME`,
      `[ ! -e '${folder}'/unreachable-$SLURMD_NODENAME ] || LWD_HOST=ssh://127.0.0.1:1`,
      `[ ! -e '${folder}'/elsewhere ] || exit 0`,
    ];
    writeFileSync(join(folder, 'lwd/environment'), `${[...text, ...faults].join('\n')}\n`);
  }
}

/** The shell words that run lwd, for scripts. */
export const lwdCommand = `'${process.execPath}' '${join(root, 'bin/run.js')}'`;
