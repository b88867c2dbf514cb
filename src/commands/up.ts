import { Args, Flags } from '@oclif/core';
import { chooseHostNames, chooseHosts } from '../host/choose.js';
import type { Host } from '../host/host.js';
import { finishedReport, startedReport } from '../report/up.js';
import { checkDetached, checkForOne, checkForSeveral } from '../run/check-flags.js';
import { dryRun } from '../run/dry-run.js';
import { askedEnvironment } from '../run/environment.js';
import { beforeOf } from '../run/members.js';
import { askedTimes, membersInJob } from '../run/members-in-job.js';
import { handPmi, inheritedPmi, missedPmi } from '../run/pmi.js';
import { type Launch, runDomain, startDomain } from '../run/run-domain.js';
import type { Shells } from '../run/shell-pool.js';
import { type Distribution, distributions, makeRoomOn } from '../run/spread.js';
import { Streams } from '../run/streams.js';
import { findTarget, type Target } from '../run/target.js';
import { checkPublish } from '../xl/life/publish.js';
import { parseLease } from '../xl/observed/lease.js';
import { mostShells } from '../xl/observed/shell.js';
import { parsePublish } from '../xl/spec/network.js';
import type { DomainWish } from '../xl/spec/spec.js';
import { hostsFlag, LwdCommand } from './base.js';
import { streamFlags } from './stream-flags.js';

export default class Up extends LwdCommand<typeof Up> {
  static override summary = 'run the application in a domain, and end with its exit status';
  static override description =
    `Builds the project if it is stale, creates the domain, shows what the application prints, waits for its end,
destroys the domain and ends with the application's status. Ctrl-C and SIGTERM end it cleanly.
With --detach it returns as soon as the domain runs; the domain then keeps its status and log until \`lwd down\`.
Of several domains (--count, or \`domains\` in lwd.yaml) whole lines are shown as they come, and the exit status is the highest of theirs.`;
  static override examples = [
    '<%= config.bin %> up',
    '<%= config.bin %> up --memory 256M -- /data/matrix.mtx 1e-9',
    '<%= config.bin %> up ./solver.elf --detach --name solver-1',
    '<%= config.bin %> up --count 8 --memory 16M --fail-fast',
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
    count: Flags.integer({
      description:
        'so many domains of it, NAME-0 and so on; each has LWD_RANK, LWD_SIZE and LWD_GROUP in its environment',
      min: 1,
      helpValue: 'N',
    }),
    only: Flags.string({
      description: 'of `domains` in lwd.yaml these alone; what waits for others does not wait',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'NAME',
    }),
    'pool-size': Flags.integer({
      description: 'take a domain that is ready and waits, if there is one, and keep so many ready; 0: none any more',
      min: 0,
      max: mostShells,
      helpValue: 'N',
    }),
    parallel: Flags.integer({
      description: 'of several domains, start so many at a time',
      min: 1,
      default: 4,
      helpValue: 'N',
    }),
    'fail-fast': Flags.boolean({
      description: 'of several domains, end all when one has failed',
      exclusive: ['keep-going'],
    }),
    'keep-going': Flags.boolean({ description: 'of several domains, let the others go on (as without either)' }),
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
      description:
        "an environment variable for main; NAME alone: with lwd's own value, which is then on no command line",
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'K=V',
    }),
    'env-file': Flags.string({
      description: 'more of them, NAME=VALUE or NAME, a line each, which are on no command line either',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'FILE',
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
    host: hostsFlag,
    distribution: Flags.custom<Distribution>({
      description: 'with several hosts: neighbours together, or host by host in turns',
      options: [...distributions],
    })({ default: 'block' }),
    profile: Flags.string({ description: 'a profile of lwd.yaml, or debug, release, lto', helpValue: 'NAME' }),
    timeout: Flags.string({ description: 'end the domain after this time (90s, 5m, 2h)', helpValue: 'TIME' }),
    grace: Flags.string({
      description: 'between asking for the end and enforcing it (default 10s, in a job less than its KillWait)',
      helpValue: 'TIME',
    }),
    kernel: Flags.string({
      description:
        "a kernel of another's instead, such as a Linux (FOLDER, if given, says how large the domain is, and its devices)",
      helpValue: 'FILE',
      exclusive: ['trace'],
    }),
    ramdisk: Flags.string({ description: 'its ramdisk', helpValue: 'FILE', dependsOn: ['kernel'] }),
    cmdline: Flags.string({
      description: 'its command line (else console=hvc0)',
      helpValue: 'TEXT',
      dependsOn: ['kernel'],
    }),
    lease: Flags.string({
      description:
        'the host ends the domain when it has not heard of lwd for this time; with --detach: of `lwd lease`, which renews it',
      helpValue: 'TIME',
    }),
    ...streamFlags,
    pmi: Flags.boolean({
      description: 'hand the socket of PMI_FD through to the domain, as without either if there is one, or do not',
      allowNo: true,
    }),
    trace: Flags.string({
      description: 'record what the scheduler does, and write it to FILE for Perfetto',
      helpValue: 'FILE',
      exclusive: ['detach', 'dry-run'],
    }),
    'dry-run': Flags.boolean({ description: 'show the plan and the xl.cfg, change nothing', exclusive: ['detach'] }),
  };

  async run(): Promise<void> {
    const { interruption, output } = this;
    const flags = { ...this.flags, ...(await askedEnvironment(this.flags, process.env)) };
    const pmi = inheritedPmi(process.env, flags.pmi);
    const missed = missedPmi(process.env, flags.pmi);
    if (missed !== undefined) output.note(missed);
    checkDetached(flags);
    if (!flags.detach) interruption.holdUserSignals();
    const times = askedTimes(flags);
    const tracing = flags.trace === undefined ? undefined : await import('../run/trace.js');
    await tracing?.checkTraceFile(flags.trace ?? '');
    const target = await findTarget({
      path: this.args.target,
      profile: flags.profile,
      build: !flags['dry-run'],
      traced: tracing !== undefined,
      foreign: flags.kernel === undefined ? undefined : { ...flags, kernel: flags.kernel, commandLine: flags.cmdline },
      output,
      signal: interruption.signal,
    });
    const hostWish = { flag: flags.host, project: target.host, directory: target.project?.root };
    const hosts = await chooseHosts(hostWish, (message) => output.note(message), interruption.signal);
    const [host] = hosts as [Host];
    const lwd = { host, output, interruption };
    const { members, timeLimit, grace, ...job } = await membersInJob(lwd, target, flags, times, this.givenArguments());
    const ownLease = flags.detach ? undefined : job.lease;
    const context = { ...lwd, lease: flags.lease === undefined ? ownLease : parseLease(flags.lease, host) };
    const { group, tasks } = members;
    const occasion = { asked: flags.pmi, detached: flags.detach };
    const { wishes, open: openStream } = handPmi(pmi, members.wishes, occasion, output);
    const ports = (flags.publish ?? []).map(parsePublish);
    if (group !== undefined) checkForSeveral(flags, tasks);
    else checkForOne(hosts);
    for (const wish of wishes) checkPublish(wish, ports, flags.detach);
    if (flags['dry-run']) {
      const { because } = await chooseHostNames(hostWish);
      const name = hosts.map((each) => each.name).join(',');
      output.result(dryRun(target.image, wishes, { name, because }));
      return;
    }
    const trace = await tracing?.Trace.prepare(flags.trace ?? '', host, interruption.signal);
    const asked = wishes.map((wish) => tracing?.wishTraced(wish) ?? wish);
    const streams = flags.detach ? undefined : new Streams(flags, asked, output);
    const size = flags['pool-size'];
    const shells = size === undefined ? undefined : await this.#shells(size, target, hosts, asked);
    const { numa, pool, distribution } = flags;
    const patience = timeLimit?.milliseconds;
    const placement = { numa, pool, distribution, patience, among: job.among, before: beforeOf(members) };
    const room = await makeRoomOn(hosts, context, target.image, asked, placement);
    if (group !== undefined) {
      const { parallel: atOnce, 'fail-fast': failFast } = flags;
      const order = { tasks, rules: { atOnce, failFast }, timeLimit, grace, streams };
      const { runAll } = await import('../run/run-group.js');
      return this.exitWith(await runAll({ ...context, shells }, group, room, order).finally(() => shells?.settle()));
    }
    const [launch] = room.launches as [Launch];
    if (streams === undefined) {
      const started = await startDomain({ ...context, shells }, launch).finally(room.release);
      await shells?.settle();
      return output.result(startedReport(started, host.name));
    }
    const order = { ...streams.of(0), openStream, timeLimit, grace, ports, trace, onStarted: room.release };
    const ended = await runDomain({ ...context, shells }, launch, order).finally(room.release);
    await shells?.settle();
    ended.status = await streams.end(ended.status);
    output.result(finishedReport(ended, host.name));
    this.exitWith(ended.status);
  }

  /** Of this project as it is built now, for whoever runs this. */
  async #shells(
    size: number,
    { image }: Target,
    hosts: readonly Host[],
    asked: readonly DomainWish[],
  ): Promise<Shells> {
    const { Shells } = await import('../run/shell-pool.js');
    const place = `${image.kernel.path} ${this.flags.profile ?? ''}`;
    return new Shells({ place, size, batch: asked[0]?.batch }, asked.length, hosts, this.output);
  }
}
