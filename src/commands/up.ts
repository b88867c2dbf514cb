import { Args, Flags } from '@oclif/core';
import { exitCode } from '../exit-codes.js';
import { chooseHost, chooseHostName } from '../host/choose.js';
import { pushedPath } from '../host/dom0-files.js';
import type { Host } from '../host/host.js';
import { crashText, type ExplainedCrash, explainCrash } from '../report/crash.js';
import { finishedReport, planReport, startedReport } from '../report/up.js';
import { findTarget, type Target } from '../run/target.js';
import { monotonic } from '../sys/clock.js';
import type { Dom0Program } from '../toolchain/dom0-program.js';
import { diskTransfer } from '../xl/disk-transfer.js';
import { type FinishedDomain, type Prepared, prepare, run, start } from '../xl/domain.js';
import { newUuid } from '../xl/domain-record.js';
import { parsePublish } from '../xl/network.js';
import { statusOf } from '../xl/outcome.js';
import { placeDomain } from '../xl/place.js';
import { removeOwnPool } from '../xl/pool.js';
import { checkPublish, publishPorts } from '../xl/publish.js';
import { type DomainWish, planDomain } from '../xl/spec.js';
import { parseDuration } from '../xl/units.js';
import { volumeTransfer } from '../xl/volume-transfer.js';
import { wishFor } from '../xl/wish.js';
import { hostFlag, LwdCommand } from './base.js';

export default class Up extends LwdCommand<typeof Up> {
  static override summary = 'run the application in a domain, and end with its exit status';
  static override description =
    `Builds the project if it is stale, creates the domain, shows what the application prints, waits for its end,
destroys the domain and ends with the application's status. Ctrl-C and SIGTERM end it cleanly.
With --detach it returns as soon as the domain runs; the domain then keeps its status and log until \`lwd down\`.`;
  static override examples = [
    '<%= config.bin %> up',
    '<%= config.bin %> up --memory 256M -- /data/matrix.mtx 1e-9',
    '<%= config.bin %> up ./solver.elf --detach --name solver-1',
  ];
  static override passesArguments = true;
  static override usage = 'up [FILE|FOLDER] [FLAGS] [-- ARGUMENTS]';
  static override args = {
    target: Args.string({
      description: "an ELF file, or a project's folder; else the project around the current folder",
    }),
  };
  static override flags = {
    detach: Flags.boolean({ char: 'd', description: 'come back when the domain runs, and print its name' }),
    name: Flags.string({ description: "the domain's name (default: the application's)" }),
    vcpus: Flags.integer({ description: 'number of virtual CPUs', min: 1, helpValue: 'N' }),
    memory: Flags.string({ description: 'memory of the domain', helpValue: 'SIZE' }),
    type: Flags.string({ description: 'kind of guest', options: ['auto', 'pv', 'pvh'] }),
    cpus: Flags.string({
      description: 'where the vCPUs may run, as xl writes it: 2, 0-3,^1, node:1; auto: whole free cores, near memory',
      helpValue: 'LIST',
    }),
    numa: Flags.integer({ description: "CPUs of this node of the host's", min: 0, helpValue: 'NODE' }),
    pool: Flags.string({
      description:
        'run in this pool of CPUs; exclusive: one of its own, of whole free cores, which goes with the domain',
      helpValue: 'NAME',
    }),
    env: Flags.string({
      description: 'an environment variable for main',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'K=V',
    }),
    volume: Flags.string({
      description: 'a folder of this machine that the domain sees at TARGET',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'SOURCE:TARGET[:ro]',
    }),
    disk: Flags.string({
      description: 'a file of this machine, or a device of the host, as a disk: xvda to xvdz',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'SOURCE:TARGET[:ro]',
    }),
    publish: Flags.string({
      description: "a port of this machine that leads to one of the domain's, while lwd waits",
      multiple: true,
      multipleNonGreedy: true,
      helpValue: '[ADDRESS:]PORT:DOMAIN-PORT',
    }),
    host: hostFlag,
    profile: Flags.string({ description: 'a profile of lwd.yaml, or debug, release, lto', helpValue: 'NAME' }),
    timeout: Flags.string({ description: 'end the domain after this time (90s, 5m, 2h)', helpValue: 'TIME' }),
    grace: Flags.string({
      description: 'between asking for the end and enforcing it',
      default: '10s',
      helpValue: 'TIME',
    }),
    trace: Flags.string({
      description: 'record what the scheduler does, and write it to FILE for Perfetto',
      helpValue: 'FILE',
      exclusive: ['detach', 'dry-run'],
    }),
    'dry-run': Flags.boolean({ description: 'show the plan and the xl.cfg, change nothing', exclusive: ['detach'] }),
  };

  async run(): Promise<void> {
    const { flags } = this;
    const timeout = flags.timeout === undefined ? undefined : parseDuration('--timeout', flags.timeout);
    const grace = parseDuration('--grace', flags.grace);
    const tracing = flags.trace === undefined ? undefined : await import('../run/trace.js');
    await tracing?.checkTraceFile(flags.trace ?? '');
    const target = await findTarget({
      path: this.args.target,
      profile: flags.profile,
      build: !flags['dry-run'],
      traced: tracing !== undefined,
      output: this.output,
      signal: this.interruption.signal,
    });
    const asked = wishFor(target.image, target.settings, flags, this.givenArguments());
    const wish = tracing?.wishTraced(asked) ?? asked;
    const ports = (flags.publish ?? []).map(parsePublish);
    checkPublish(wish, ports, flags.detach);
    const hostWish = { flag: flags.host, project: target.host };
    if (flags['dry-run']) return this.#showPlan(target, wish, await chooseHostName(hostWish));
    const host = await chooseHost(hostWish, (message) => this.output.note(message), this.interruption.signal);
    const trace = await tracing?.Trace.prepare(flags.trace ?? '', host, this.interruption.signal);
    const prepared = await this.#prepare(host, target, wish);
    if (this.interruption.signal.aborted) {
      await prepared.files.discard();
      await removeOwnPool(host, prepared.spec);
    }
    this.interruption.signal.throwIfAborted();
    this.#remindOf(prepared.files.forgotten, host.name);
    if (flags.detach) {
      this.output.result(startedReport(await start(prepared), host.name));
      return;
    }
    const began = monotonic();
    const published =
      ports.length === 0 ? undefined : publishPorts(host, wish, ports, (text) => this.output.warn(text));
    const finished = await run(prepared, {
      limits: { timeout, grace, orderly: this.interruption.signal, urgent: this.interruption.urgent },
      // With --json stdout is the result's.
      onConsole: (chunk) => void (this.output.json ? process.stderr : process.stdout).write(chunk),
      examine: async (domain) => trace?.read(domain),
    });
    await published?.close();
    const seconds = (monotonic() - began) / 1000;
    const remark = await trace?.write(finished.name, target.image.symbols);
    if (remark !== undefined) finished.notes.push(remark);
    await this.#finish(finished, target, host.name, seconds);
  }

  async #prepare(host: Host, target: Target, wish: DomainWish): Promise<Prepared> {
    const server = await this.#volumeServer(wish);
    const placed = await placeDomain(host, wish, { numa: this.flags.numa, pool: this.flags.pool });
    if (placed.why !== undefined) this.output.note(`${wish.name}: ${placed.why}`);
    try {
      return await prepare(host, target.image, placed.wish, server);
    } catch (error) {
      await removeOwnPool(host, placed.wish);
      throw error;
    }
  }

  /** What an lwd that was killed, or that lost its host, could not bring back. */
  #remindOf(forgotten: readonly string[], host: string): void {
    if (forgotten.length === 0) return;
    const what = forgotten.length === 1 ? 'a domain' : `${forgotten.length} domains`;
    this.output.warn(`${host} keeps what ${what} wrote and nobody brought back: lwd copies --host ${host}`);
  }

  async #volumeServer(wish: DomainWish): Promise<Dom0Program | undefined> {
    if (wish.volumes.length === 0) return undefined;
    const { ensureDom0Program } = await import('../toolchain/dom0-program.js');
    return ensureDom0Program('volume-server', this.interruption.signal);
  }

  async #finish(finished: FinishedDomain, target: Target, host: string, seconds: number): Promise<void> {
    const status = this.#statusOf(finished);
    const crash = finished.crash && (await explainCrash(finished.crash, target.image.symbols));
    this.#explain(finished, crash);
    this.output.result(finishedReport(finished, crash, host, status, seconds));
    this.exitWith(status);
  }

  #statusOf(finished: FinishedDomain): number {
    if (finished.cause === 'timeout') return exitCode('timeout');
    if (finished.cause === 'interrupted') return this.interruption.exitCode ?? exitCode('interrupted');
    return statusOf(finished.outcome);
  }

  /** On stderr, and only if there is something to say beyond the application's own words. */
  #explain(finished: FinishedDomain, crash: ExplainedCrash | undefined): void {
    const { outcome, name } = finished;
    if (crash !== undefined) process.stderr.write(`${crashText(name, crash, this.output.verbose)}\n`);
    else if (outcome.kind === 'crashed') this.output.warn(`${name} crashed: ${outcome.what}`);
    else if (finished.cause === 'timeout')
      this.output.warn(`${name} was ended: --timeout ${this.flags.timeout} ran out`);
    else if (outcome.kind === 'unclear') this.output.warn(`${name}: ${outcome.what}`);
    else if (outcome.kind === 'destroyed' && finished.cause === undefined) {
      this.output.warn(`${name} was destroyed from outside`);
    }
    for (const note of finished.notes) this.output.warn(note);
    if (finished.kept) this.output.warn(`${name} is kept for inspection (on_crash: preserve); then: lwd down ${name}`);
    if (finished.leftBehind !== undefined) {
      this.output.warn(`${name} could not be destroyed: ${finished.leftBehind}\n  next: xl destroy ${name}`);
    }
  }

  #showPlan(target: Target, wish: DomainWish, host: { name: string; because: string }): void {
    const plan = planDomain(wish, undefined);
    const there = (file: { path: string; sha256: string }) =>
      host.name === 'local' ? file.path : pushedPath(file.sha256);
    const { kernel, ramdisk } = target.image;
    const uuid = newUuid();
    const away = host.name === 'local' ? undefined : uuid;
    const volumes = plan.volumes.map((volume, index) => volumeTransfer(volume, away, index).device);
    const disks = plan.disks.map((disk) => diskTransfer(disk, away).device);
    const spec = { ...plan, uuid, volumes, disks, kernel: there(kernel), ramdisk: ramdisk && there(ramdisk) };
    const files = host.name === 'local' ? [] : [kernel.path, ...(ramdisk === undefined ? [] : [ramdisk.path])];
    this.output.result(planReport(spec, host, files));
  }
}
