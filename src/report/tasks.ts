/**
 * Work in stages, shown as it goes: drawn by listr2 on a terminal, a plain line a stage elsewhere. All of it on stderr,
 * so that stdout is the result's alone. The only user of listr2.
 */
import type { Output } from './output.js';

export interface Stage<Context> {
  title: string;
  /** A reason to pass this stage over, or undefined to run it. Asked when its turn comes. */
  skip?(context: Context): string | undefined;
  /**
   * Does the work. `report` shows what is being done just now (replaced by the next); a text returned is added to the
   * title of the finished stage ("3 files, 1.2 s"). A throw ends the whole run and is rethrown as it is.
   */
  run(context: Context, report: (status: string) => void): Promise<string | undefined>;
}

/** Runs the stages one after the other. */
export async function runStages<Context>(
  stages: readonly Stage<Context>[],
  context: Context,
  output: Output,
): Promise<void> {
  if (output.interactive && !output.quiet && !output.verbose) await drawn(stages, context);
  else await plain(stages, context, output);
}

async function plain<Context>(stages: readonly Stage<Context>[], context: Context, output: Output): Promise<void> {
  for (const stage of stages) {
    const reason = stage.skip?.(context);
    if (reason !== undefined) {
      output.note(`${stage.title}: ${reason}`);
      continue;
    }
    output.note(stage.title);
    const summary = await stage.run(context, (status) => output.detail(`  ${status}`));
    if (summary !== undefined) output.note(`${stage.title}: ${summary}`);
  }
}

async function drawn<Context>(stages: readonly Stage<Context>[], context: Context): Promise<void> {
  const { Listr, ListrLogger, ProcessOutput } = await import('listr2');
  const logger = new ListrLogger({
    useIcons: true,
    toStderr: [],
    processOutput: new ProcessOutput(process.stderr, process.stderr),
  });
  const tasks = stages.map((stage) => ({
    title: stage.title,
    skip: () => {
      const reason = stage.skip?.(context);
      return reason === undefined ? false : `${stage.title}: ${reason}`;
    },
    task: async (_: unknown, task: { title: string; output: string }) => {
      const summary = await stage.run(context, (status) => {
        task.output = status;
      });
      if (summary !== undefined) task.title = `${stage.title}: ${summary}`;
    },
  }));
  await new Listr(tasks, {
    renderer: 'default',
    // The error is shown once, by the command.
    rendererOptions: { logger, showErrorMessage: false, collapseSubtasks: false },
  }).run();
}
