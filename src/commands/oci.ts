import { join } from 'node:path';
import { Args, Flags } from '@oclif/core';
import { UserError } from '../errors.js';
import type { Host } from '../host/host.js';
import {
  type Container,
  deleteContainer,
  findContainer,
  hostOfContainer,
  killContainer,
  runContainer,
  startContainer,
} from '../oci/container.js';
import { ContainerFolder } from '../oci/container-state.js';
import { signalEffect } from '../oci/signals.js';
import { describeFailure, type Failure } from '../report/failure.js';
import { ociLogLine, ociStateReport } from '../report/oci.js';
import { wallText } from '../sys/clock.js';
import { appendText, writeAtomic } from '../sys/fs.js';
import { packageRoot } from '../sys/package-root.js';
import { startTelling, tellStarter } from '../sys/process.js';
import { runDirectory } from '../sys/run-directory.js';
import { hostFlag } from './base.js';
import { HostCommand } from './host-base.js';

const verbs = ['run', 'create', 'start', 'state', 'kill', 'delete'] as const;

/** Flags of other runtimes that mean nothing for a domain; a caller may give them all the same. */
const accepted = (description: string) => Flags.boolean({ description, hidden: true });

export default class Oci extends HostCommand<typeof Oci> {
  static override summary = 'an OCI runtime: containers that are domains (run, create, start, state, kill, delete)';
  static override description =
    `A bundle's config.json says what runs and with what; process.args[0] names a program that lwd built, in the bundle's root
file system. Callers of runc can call this instead. docs/oci.md has what each property of config.json comes to.`;
  static override examples = [
    '<%= config.bin %> oci run solver-1 ./bundle',
    '<%= config.bin %> oci create --bundle ./bundle --pid-file /run/solver.pid solver-1',
    '<%= config.bin %> oci kill solver-1 TERM',
    '<%= config.bin %> oci delete --force solver-1',
  ];
  static override usage = 'oci run|create|start|state|kill|delete ID [BUNDLE|SIGNAL] [FLAGS]';
  static override args = {
    verb: Args.string({ description: verbs.join(', '), required: true, options: [...verbs] }),
    id: Args.string({ description: "the container's id", required: true }),
    more: Args.string({ description: 'run, create: the bundle. kill: the signal, TERM if not given' }),
  };
  static override flags = {
    bundle: Flags.string({
      char: 'b',
      description: 'folder with config.json (default: this one)',
      helpValue: 'FOLDER',
    }),
    'pid-file': Flags.string({ description: 'write the number of the process that stays with it', helpValue: 'FILE' }),
    detach: Flags.boolean({ char: 'd', description: 'run: come back when it runs' }),
    force: Flags.boolean({ char: 'f', description: 'delete: also what runs; it is no error if there is none' }),
    root: Flags.string({ description: 'where containers are kept', helpValue: 'FOLDER' }),
    log: Flags.string({ description: 'write errors there too', helpValue: 'FILE' }),
    'log-format': Flags.string({ description: 'text or json', options: ['text', 'json'], default: 'text' }),
    debug: Flags.boolean({ description: 'say what of config.json was left out' }),
    host: hostFlag,
    runner: Flags.boolean({ description: 'be what create leaves behind', hidden: true }),
    all: Flags.boolean({ char: 'a', description: 'kill: a domain is one process', hidden: true }),
    'console-socket': Flags.string({ description: 'for terminals, which there are none of', hidden: true }),
    'preserve-fds': Flags.integer({ description: 'no descriptor reaches a domain', hidden: true }),
    rootless: Flags.string({ description: 'has no meaning here', hidden: true }),
    'no-pivot': accepted('there is no root to pivot'),
    'no-new-keyring': accepted('there are no keyrings'),
    'no-subreaper': accepted('there are no orphans'),
    'systemd-cgroup': accepted('there are no cgroups'),
  };

  async run(): Promise<void> {
    const { verb, id } = this.args;
    const root = this.flags.root ?? join(runDirectory(), 'oci');
    if (verb === 'run' && !this.flags.detach) return this.#stay(root, false);
    if (verb === 'create' && this.flags.runner) return this.#stay(root, true);
    if (verb === 'run' || verb === 'create') {
      await this.#create();
      if (verb === 'create' || process.exitCode) return;
    }
    // A signal that cannot be is told before anything is asked.
    const effect = verb === 'kill' ? signalEffect(this.args.more ?? 'TERM') : undefined;
    const host = await this.host(await hostOfContainer(root, id));
    const container = await findContainer(host, root, id);
    if (container === undefined) {
      if (verb === 'delete' && this.flags.force) return new ContainerFolder(root, id).remove();
      throw new UserError(`there is no container ${id}`, { exit: 'noSuchDomain', next: [`looked for in ${root}`] });
    }
    if (effect !== undefined) return killContainer(host, container, effect);
    if (verb === 'delete') return this.#delete(host, root, container);
    if (verb === 'state') this.output.result(ociStateReport(container.state, container.status, container.pid));
    else await startContainer(host, root, container);
  }

  async #delete(host: Host, root: string, container: Container): Promise<void> {
    for (const note of await deleteContainer(host, root, container, this.flags.force)) this.output.warn(note);
  }

  /** In the foreground until its end: `run`, or the runner behind `create`. */
  async #stay(root: string, held: boolean): Promise<void> {
    const context = { host: await this.host(), output: this.output, interruption: this.interruption };
    const pidFile = this.flags['pid-file'];
    const ended = await runContainer(context, {
      ...{ root, held, id: this.args.id, bundle: this.#bundle() },
      onLeftOut: (what) => (this.flags.debug ? this.output.note(what) : this.output.detail(what)),
      onCreated: async () => {
        if (pidFile !== undefined) await writeAtomic(pidFile, String(process.pid));
        if (held) tellStarter('{}');
      },
    });
    this.exitWith(ended.status);
  }

  /** Leaves a process behind that stays with the domain and ends as it does; its stdout is ours. */
  async #create(): Promise<void> {
    const { host, root, log, debug } = this.flags;
    const pidFile = this.flags['pid-file'];
    const given = (name: string, value: string | undefined) => (value === undefined ? [] : [name, value]);
    const { line } = await startTelling(
      [
        ...([process.execPath, join(packageRoot(), 'bin/run.js')] as [string, string]),
        ...['oci', 'create', '--runner', this.args.id, '--bundle', this.#bundle()],
        ...[
          ...given('--root', root),
          ...given('--host', host),
          ...given('--pid-file', pidFile),
          ...given('--log', log),
        ],
        ...['--log-format', this.flags['log-format'], ...(debug ? ['--debug'] : [])],
      ],
      this.interruption.signal,
    );
    this.interruption.signal.throwIfAborted();
    if (line === '{}') return;
    // It has said why on the stderr that it shares with this process.
    this.exitWith(line === '' ? 1 : (JSON.parse(line) as Failure).exitCode);
  }

  #bundle(): string {
    return this.flags.bundle ?? this.args.more ?? '.';
  }

  override async catch(error: unknown): Promise<void> {
    const failure = describeFailure(error);
    const { log, runner, 'log-format': format = 'text' } = this.flags ?? {};
    if (log !== undefined) await appendText(log, ociLogLine(failure, format, wallText())).catch(() => {});
    await super.catch(error);
    if (runner) tellStarter(JSON.stringify({ exitCode: process.exitCode }));
  }
}
