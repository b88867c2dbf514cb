/**
 * PMI, by which the ranks of a job find each other: a launcher (Slurm's `srun --mpi=pmi2`, Flux, mpiexec) starts a task with a
 * socket, its number in PMI_FD, and what the task is in other variables. lwd speaks none of it: it hands the socket through to
 * the domain (src/xl/stream/process-stream.ts), and the variables with it.
 */
import type { Socket } from 'node:net';
import { UserError } from '../errors.js';
import type { Output } from '../report/output.js';
import { inheritedSocket, isSocket } from '../sys/inherited-socket.js';
import type { DomainWish } from '../xl/spec/spec.js';

/** Numbers that a domain's descriptors can have, but for the standard streams'. */
const [leastDescriptor, mostDescriptor] = [3, 1023];

export interface Pmi {
  /** This process's. */
  descriptor: number;
  /** What the launcher has said of the task. */
  variables: Record<string, string>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * What was inherited. Call it first of all (inherited-socket.ts). `asked`: with --pmi it has to be there, with --no-pmi it does
 * not count. Throws UserError if it has to be and is not, or is nothing that can be handed through.
 */
export function inheritedPmi(env: Environment, asked: boolean | undefined): Pmi | undefined {
  const text = env.PMI_FD;
  if (asked === false || (asked === undefined && env.LWD_BATCH === 'none')) return undefined;
  if (text === undefined || text === '') {
    if (asked === undefined) return undefined;
    const why = isOfPmix(env) ? noPmix : 'nobody has started this lwd as a rank';
    throw new UserError(`--pmi: there is no PMI_FD in the environment: ${why}`, {
      exit: 'usage',
      next: ['start it so: srun --mpi=pmi2 lwd up …', 'or leave --pmi out'],
    });
  }
  const descriptor = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (descriptor >= leastDescriptor && isSocket(descriptor)) return { descriptor, variables: pmiVariables(env) };
  throw new UserError(
    `PMI_FD=${JSON.stringify(text.slice(0, 80))} in the environment names no socket of this process`,
    {
      next: ['have what starts lwd leave that descriptor open (srun does, sudo does not)', 'or: --no-pmi'],
    },
  );
}

const noPmix = 'it was started as a rank of PMIx, which lwd cannot hand through';

/** Slurm's `srun --mpi=pmix`, and mpirun of those MPIs that have it. */
function isOfPmix(env: Environment): boolean {
  return Boolean(env.PMIX_RANK && env.PMIX_NAMESPACE);
}

/** What who did not ask for PMI is told where it is PMIx; undefined: nothing. */
export function missedPmi(env: Environment, asked: boolean | undefined): string | undefined {
  if (asked === false || env.LWD_BATCH === 'none' || env.PMI_FD || !isOfPmix(env)) return undefined;
  return `PMI is not handed through: ${noPmix} (a program that looks for its rank by PMI needs srun --mpi=pmi2; --no-pmi: it does not)`;
}

function pmiVariables(env: Environment): Record<string, string> {
  const found = Object.entries(env).filter((entry): entry is [string, string] => /^PMI_[A-Z0-9_]+$/.test(entry[0]));
  return Object.fromEntries(found);
}

interface Occasion {
  /** Of --pmi. */
  asked: boolean | undefined;
  detached: boolean;
}

/** Why these domains cannot have it; undefined if they can. */
export function whyNoPmi(wishes: readonly DomainWish[], { detached }: Omit<Occasion, 'asked'>): string | undefined {
  if (wishes.length > 1) return 'there are several domains, and PMI knows one rank for each task';
  if (detached) return 'with --detach nobody stays to hand it through';
  if (wishes.some(({ kernel }) => !kernel.hasStream))
    return "its kernel does not know of it (an image of lwd's: build it again)";
  return undefined;
}

export interface HandedPmi {
  wishes: DomainWish[];
  /** What the domain's end of it leads to; undefined: nothing. */
  open: (() => Socket) | undefined;
}

/** The domains with it, if they can have it. Throws UserError if they cannot and it was asked for; else says so. */
export function handPmi(pmi: Pmi | undefined, wishes: DomainWish[], occasion: Occasion, output: Output): HandedPmi {
  if (pmi === undefined) return { wishes, open: undefined };
  const why = whyNoPmi(wishes, occasion);
  if (why === undefined) {
    return { wishes: wishes.map((wish) => withPmi(wish, pmi)), open: () => inheritedSocket(pmi.descriptor) };
  }
  if (occasion.asked) throw new UserError(`--pmi: ${why}`, { exit: 'usage', next: ['leave --pmi out'] });
  output.note(`PMI is not handed through: ${why}`);
  return { wishes, open: undefined };
}

/** What the environment says already is left as it is, but for the number. */
export function withPmi(wish: DomainWish, { descriptor, variables }: Pmi): DomainWish {
  const stream = descriptor <= mostDescriptor ? descriptor : leastDescriptor;
  return { ...wish, stream, env: { ...variables, ...wish.env, PMI_FD: String(stream) } };
}
