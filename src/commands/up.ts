import { Args, Flags } from '@oclif/core';
import { chooseHost, chooseHostName } from '../host/choose.js';
import { finishedReport, startedReport } from '../report/up.js';
import { dryRun } from '../run/dry-run.js';
import { plainSink } from '../run/output-sink.js';
import { prepareDomain, runDomain, timeLimitOf } from '../run/run-domain.js';
import { findTarget } from '../run/target.js';
import { start } from '../xl/domain.js';
import { parsePublish } from '../xl/network.js';
import { checkPublish } from '../xl/publish.js';
import { parseDuration } from '../xl/units.js';
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
    const timeLimit = flags.timeout === undefined ? undefined : timeLimitOf('--timeout', flags.timeout);
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
    if (flags['dry-run']) {
      this.output.result(dryRun(target.image, wish, await chooseHostName(hostWish)));
      return;
    }
    const host = await chooseHost(hostWish, (message) => this.output.note(message), this.interruption.signal);
    const trace = await tracing?.Trace.prepare(flags.trace ?? '', host, this.interruption.signal);
    const context = { host, output: this.output, interruption: this.interruption };
    const prepared = await prepareDomain(context, target.image, wish, { numa: flags.numa, pool: flags.pool });
    if (flags.detach) {
      this.output.result(startedReport(await start(prepared), host.name));
      return;
    }
    const sink = plainSink(this.output.json);
    const ended = await runDomain(context, prepared, { sink, timeLimit, grace, ports, trace });
    this.output.result(finishedReport(ended, host.name));
    this.exitWith(ended.status);
  }
}
