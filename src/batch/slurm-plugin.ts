/**
 * `srun --lwd-image=PATH`, for sites that build plugins: the source of one, to be compiled on a node since Slurm takes none that
 * was built for another version, and the line of plugstack.conf. Pure.
 */
import type { SlurmFile, SlurmSetting } from './slurm-files.js';

const source = `/*
 * srun --lwd-image=PATH: each task of the step is a domain of that image. Nothing but the program that a task runs is changed,
 * just before it would run, as the job's user: instead of "WORD ARGUMENT ..." it is "lwd up PATH -- ARGUMENT ...". The words of
 * plugstack.conf behind the plugin's name are how lwd is called.
 */
#include <slurm/spank.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

SPANK_PLUGIN(lwd, 1)

static const char *image;

static int take(int value, const char *text, int remote)
{
    (void)value;
    (void)remote;
    image = strdup(text);
    return image && *image ? ESPANK_SUCCESS : ESPANK_BAD_ARG;
}

static struct spank_option option = { "lwd-image", "PATH", "run each task as a domain of this image (lwd up)", 1, 0, take };

/* By srun, and by slurmstepd for a step of srun's. sbatch and salloc have no such option: it would be of no step. */
int slurm_spank_init(spank_t spank, int count, char **words)
{
    (void)words;
    if (spank_context() != S_CTX_LOCAL && spank_context() != S_CTX_REMOTE)
        return ESPANK_SUCCESS;
    if (count == 0)
        slurm_error("lwd: plugstack.conf does not say how lwd is called");
    return spank_option_register(spank, &option);
}

int slurm_spank_task_init(spank_t spank, int count, char **words)
{
    int given = 0, length = 0;
    char **arguments, **environment;

    if (!image || count == 0)
        return ESPANK_SUCCESS;
    if (spank_get_item(spank, S_JOB_ARGV, &given, &arguments) || spank_get_item(spank, S_JOB_ENV, &environment))
        return ESPANK_ERROR;
    const char **line = calloc((size_t)count + (size_t)given + 4, sizeof *line);

    if (!line)
        return ESPANK_ERROR;
    for (int i = 0; i < count; i++)
        line[length++] = words[i];
    line[length++] = "up";
    line[length++] = image;
    line[length++] = "--";
    for (int i = 1; i < given; i++)
        line[length++] = arguments[i];
    execve(line[0], (char **)line, environment);
    slurm_error("lwd: %s: %m", line[0]);
    return ESPANK_ERROR;
}
`;

const files = (prefix: string) => ({ source: `${prefix}/lwd/spank_lwd.c`, plugin: `${prefix}/lwd/spank_lwd.so` });

/** What has to be run on a node of each version of Slurm. Slurm's headers are in Debian's libslurm-dev. */
export function pluginBuild(prefix: string): string {
  const { source: from, plugin } = files(prefix);
  return `cc -shared -fPIC -O2 -o ${plugin} ${from}`;
}

/** "optional": a plugin that Slurm does not take is one line in a log, and no step fails for it. */
export function pluginFiles({ prefix, lwd }: SlurmSetting): SlurmFile[] {
  const line = ['optional', files(prefix).plugin, ...lwd].join(' ');
  return [
    { name: 'lwd/spank_lwd.c', mode: 0o644, text: source },
    { name: 'lwd/plugstack.conf', mode: 0o644, text: `${line}\n` },
  ];
}
