/**
 * The files that make a Slurm node one of lwd's, as texts. Pure. The scripts run as root in slurmd's hands, with an empty
 * environment, between jobs that wait: they call lwd once, and nothing of Slurm's, which must not be called there.
 */
import { shellWord } from '../sys/shell-word.js';
import { pluginFiles } from './slurm-plugin.js';

export interface SlurmSetting {
  /** slurm.conf's folder. */
  prefix: string;
  /** How lwd is called: absolute paths. */
  lwd: readonly string[];
  /** The nodes, as Slurm writes them; undefined: each that reads the file. */
  nodes: string | undefined;
  /** Domains that a node may have at once. */
  domains: number;
  /** With the source of a plugin (slurm-plugin.ts). */
  spank?: boolean;
}

export interface SlurmFile {
  /** Relative to the prefix. */
  name: string;
  mode: number;
  text: string;
  /** Written once, and the site's from then on. */
  ownedBySite?: true;
}

/** The exit status that says "requeue me"; see exit-codes.ts. */
export const requeueStatus = 75;

const folder = 'lwd';

export function slurmFiles(setting: SlurmSetting): SlurmFile[] {
  const lwd = setting.lwd.map(shellWord).join(' ');
  const script = (name: string, text: string) => ({
    name: `${folder}/${name}`,
    mode: 0o755,
    text: `#!/bin/sh\n${text}`,
  });
  return [
    { name: `${folder}/environment`, mode: 0o644, text: environmentText, ownedBySite: true },
    script('prolog', prologText(lwd)),
    script('epilog', epilogText(lwd)),
    script('health-check', healthCheckText(lwd)),
    { name: `${folder}/gres.conf`, mode: 0o644, text: gresText(setting) },
    { name: `${folder}/job.sh`, mode: 0o644, text: jobTemplate(lwd) },
    { name: 'oci.conf', mode: 0o644, text: ociText(setting.lwd) },
    ...(setting.spank ? pluginFiles(setting) : []),
  ];
}

const environmentText = `# Read by lwd's prolog, epilog and health check, which slurmd starts with an empty environment.
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
LWD_HOST=local
unhealthy=/run/lwd-unhealthy-$SLURMD_NODENAME
# What domains had used whose lwd was killed, a line each:
# export LWD_ACCOUNTING=/var/log/lwd-accounts.jsonl
export PATH LWD_HOST
`;

const readEnvironment = `. "\${0%/*}/environment"`;

const prologText = (
  lwd: string,
) => `# Before a job's first task on this node. Domains of an earlier run of the job must be gone, and Xen has to answer.
# A status other than 0 drains the node, and the job is queued again.
${readEnvironment}
[ ! -e "$unhealthy" ] || exit 1
exec ${lwd} reap --quiet --job "$SLURM_JOB_ID" --all-restarts-before "\${SLURM_JOB_RESTART_COUNT:-0}"
`;

const epilogText = (
  lwd: string,
) => `# After a job's last task on this node, however it ended. A status other than 0 drains the node.
${readEnvironment}
exec ${lwd} reap --quiet --job "$SLURM_JOB_ID" --restarts "\${SLURM_JOB_RESTART_COUNT:-0}"
`;

const healthCheckText = (
  lwd: string,
) => `# From time to time, and when slurmd starts. Whether Xen answers is left for the prolog, since draining a node by Slurm's
# own commands is not for here.
${readEnvironment}
if ${lwd} ps --quiet --timeout 20s >/dev/null; then rm -f "$unhealthy"
else
  : >"$unhealthy"
  exit 1
fi
`;

const gresText = ({ nodes, domains }: SlurmSetting) =>
  `${nodes === undefined ? '' : `NodeName=${nodes} `}Name=xendom Count=${domains}\n`;

const jobTemplate = (lwd: string) => `#!/bin/sh
# A job of two nodes with two tasks each: four domains, each with the share of CPUs, memory and time that Slurm gave to its task.
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=2
#SBATCH --cpus-per-task=1
#SBATCH --mem=1G
#SBATCH --time=10
#SBATCH --gres=xendom:2
exec srun ${lwd} up ./application.elf
`;

/** See docs/oci.md. */
function ociText(lwd: readonly string[]): string {
  const id = '%n.%u.%j.%s.%t';
  const call = (words: string) => `"${[...lwd, 'oci', words].join(' ')}"`;
  return [
    `RunTimeRun=${call(`run ${id} %b`)}`,
    `RunTimeQuery=${call(`state ${id}`)}`,
    `RunTimeKill=${call(`kill ${id} KILL`)}`,
    `RunTimeDelete=${call(`delete --force ${id}`)}`,
    '',
  ].join('\n');
}

export interface WantedLine {
  key: string;
  line: string;
  why: string;
}

/** What slurm.conf has to say besides. */
export function slurmConfLines({ prefix, domains }: SlurmSetting): WantedLine[] {
  const line = (key: string, value: string, why: string) => ({ key, line: `${key}=${value}`, why });
  return [
    line('Prolog', `${prefix}/${folder}/prolog`, 'no job where Xen does not answer, or an earlier run is left'),
    line('PrologFlags', 'Alloc', 'on every node, before the first task'),
    line('Epilog', `${prefix}/${folder}/epilog`, 'no domain outlives its job'),
    line('HealthCheckProgram', `${prefix}/${folder}/health-check`, ''),
    line('HealthCheckInterval', '60', ''),
    line('RequeueExit', String(requeueStatus), "lwd's status for a fault of the host"),
    line('SelectType', 'select/cons_tres', 'jobs share nodes by cores and memory'),
    line('SelectTypeParameters', 'CR_Core_Memory', ''),
    line('TaskPlugin', 'task/none', "Slurm binds dom0's processes, which compute nothing"),
    line('SlurmdParameters', 'config_overrides', "slurmd sees dom0's CPUs; the node's line has the machine's"),
    line(
      'GresTypes',
      'xendom',
      `on the node's line: Gres=xendom:${domains}; in gres.conf: Include ${prefix}/${folder}/gres.conf`,
    ),
  ];
}

/** Which of them a slurm.conf does not have, and what it has of the same key instead. */
export function missingLines(
  conf: string,
  wanted: readonly WantedLine[],
): (WantedLine & { instead: string | undefined })[] {
  const has = new Map<string, string>();
  for (const line of conf.split('\n')) {
    const match = /^\s*(\w+)\s*=\s*(.*?)\s*(?:#.*)?$/.exec(line);
    if (match !== null) has.set((match[1] ?? '').toLowerCase(), match[2] ?? '');
  }
  return wanted.flatMap((one) => {
    const value = has.get(one.key.toLowerCase());
    const wantedValue = one.line.slice(one.key.length + 1);
    if (value?.toLowerCase().split(',').includes(wantedValue.toLowerCase())) return [];
    return [{ ...one, instead: value === undefined ? undefined : `${one.key}=${value}` }];
  });
}
