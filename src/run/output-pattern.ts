/** Names of files with %-signs in them, as Slurm's users write them for --output, --error and --input. Pure. */
import { UserError } from '../errors.js';

/** What a domain has to put in their place. */
export interface PatternValues {
  /** %j: the job, or this lwd's process where there is none. */
  job: string;
  /** %t: which of the job's, or group's, domains it is. */
  rank: number;
  /** %n: the domain's name. */
  name: string;
  /** %r: how often the job was started anew; 0 where there is none. */
  restart: number;
  /** %N: the machine that lwd runs on, its short name. */
  machine: string;
}

/** `%5t`: the value with zeros in front, as far as it is a number. Throws UserError for what stands for nothing. */
export function expandPattern(flag: string, pattern: string, values: PatternValues): string {
  return pattern.replaceAll(/%(\d*)(.?)/gs, (found, width: string, letter: string) => {
    const { job, rank, restart, name, machine } = values;
    const all = { j: job, t: String(rank), r: String(restart), n: name, N: machine, '%': '%' };
    const value = all[letter as keyof typeof all];
    if (value === undefined) {
      throw new UserError(`${flag}: ${found} in "${pattern}" stands for nothing`, {
        exit: 'usage',
        next: ['%j job, %t rank, %r restart, %n domain, %N machine, %% a percent sign; %4t has four digits'],
      });
    }
    return /^\d+$/.test(value) ? value.padStart(Math.min(Number(width), 10), '0') : value;
  });
}
