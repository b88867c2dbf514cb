import { resolve } from 'node:path';
import { Args, Flags } from '@oclif/core';
import type { BatchSystem } from '../batch/allocation.js';
import { submission } from '../batch/job-script.js';
import { UserError } from '../errors.js';
import { scriptReport, submittedReport } from '../report/batch.js';
import { ownCommand } from '../run/slurm-install.js';
import { submit } from '../run/submit.js';
import { findTarget } from '../run/target.js';
import { exists } from '../sys/fs.js';
import { LwdCommand } from './base.js';

export default class Batch extends LwdCommand<typeof Batch> {
  static override summary = 'write a job script whose tasks are domains, and submit it';
  static override description =
    `Each task runs \`lwd up TARGET\` on its node and takes what the batch system gives to it: CPUs, memory, time. A project is
built before it is submitted. What has no flag here is said with --option, which is a directive of the job script as it is, or with
--up-option to lwd up.`;
  static override examples = [
    '<%= config.bin %> batch ./solver.elf -N 2 -n 4 --time 10 -- /data/matrix.mtx',
    '<%= config.bin %> batch -n 8 --dry-run',
    '<%= config.bin %> batch ./solver.elf -n 4 --wait --option --exclusive',
    '<%= config.bin %> batch ./solver.elf --up-option=--output=out.%j.%t --up-option=--volume=/scratch/me:/data',
  ];
  static override passesArguments = true;
  static override usage = 'batch [FILE|FOLDER] [FLAGS] [-- ARGUMENTS]';
  static override args = {
    target: Args.string({
      description: "an ELF file, or a project's folder; else the project around the current folder",
    }),
  };
  static override flags = {
    nodes: Flags.integer({ char: 'N', description: 'nodes', min: 1, helpValue: 'N' }),
    tasks: Flags.integer({ char: 'n', description: 'tasks: domains', min: 1, default: 1, helpValue: 'N' }),
    'cpus-per-task': Flags.integer({ description: 'CPUs of each', min: 1, helpValue: 'N' }),
    memory: Flags.string({ description: 'memory of a node, as the batch system writes it', helpValue: 'SIZE' }),
    time: Flags.string({ description: 'time limit, as the batch system writes it', helpValue: 'TIME' }),
    partition: Flags.string({ description: 'partition or queue', helpValue: 'NAME' }),
    array: Flags.string({ description: 'a job array', helpValue: 'LIST' }),
    name: Flags.string({ description: "the job's name (default: the application's)" }),
    output: Flags.string({
      description: "file for what the job writes, as the batch system names it; each task's: --up-option=--output=FILE",
      helpValue: 'FILE',
    }),
    error: Flags.string({ description: 'the same for errors', helpValue: 'FILE' }),
    pmi: Flags.boolean({ description: 'tasks are ranks that find each other by PMI (Slurm: srun --mpi=pmi2)' }),
    option: Flags.string({
      description: 'one more directive',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'TEXT',
    }),
    'up-option': Flags.string({
      description:
        'one more word for the lwd up of each task, such as --volume=/scratch:/data; paths as they are on its node',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'TEXT',
    }),
    scheduler: Flags.string({ description: 'the batch system', options: ['slurm', 'flux', 'pbs'], default: 'slurm' }),
    wait: Flags.boolean({
      description: 'stay until the job has ended, and end with its status',
      exclusive: ['dry-run'],
    }),
    'dry-run': Flags.boolean({ description: 'show the job script, submit nothing' }),
  };

  async run(): Promise<void> {
    const { flags } = this;
    const target = resolve(this.args.target ?? '.');
    if (!exists(target)) {
      throw new UserError(`${this.args.target}: there is no such file or folder`, {
        exit: 'usage',
        next: ['give an ELF file that lwd built, or the folder of a project'],
      });
    }
    // Once, here, and not by every task at the same time.
    const { output, interruption } = this;
    const built = { path: target, profile: undefined, build: true, output, signal: interruption.signal };
    if (!flags['dry-run']) await findTarget(built);
    const args = this.givenArguments();
    if (flags['up-option']?.includes('--')) {
      throw new UserError("--up-option: -- begins the application's arguments", {
        exit: 'usage',
        next: ['give those after a -- of their own'],
      });
    }
    const { script, command, cancel } = submission(
      flags.scheduler as BatchSystem,
      {
        name: flags.name ?? target.replace(/^.*\//, '').replace(/\.elf$/, ''),
        nodes: flags.nodes,
        tasks: flags.tasks,
        cpusPerTask: flags['cpus-per-task'],
        memory: flags.memory,
        time: flags.time,
        partition: flags.partition,
        array: flags.array,
        output: flags.output,
        error: flags.error,
        options: flags.option ?? [],
        pmi: flags.pmi,
        command: [
          ...ownCommand(),
          'up',
          target,
          ...(flags.pmi ? ['--pmi'] : []),
          ...(flags['up-option'] ?? []),
          ...(args === undefined ? [] : ['--', ...args]),
        ],
      },
      flags.wait,
    );
    if (flags['dry-run']) return output.result(scriptReport(script, command));
    const submitted = await submit(command, script, flags.wait, interruption.signal, (job) =>
      output.warn(`job ${job} goes on; to end it: ${cancel} ${job}`),
    );
    output.result(submittedReport(submitted));
    this.exitWith(submitted.status);
  }
}
