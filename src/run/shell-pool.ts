/**
 * `lwd up --pool-size`: which of a command's domains a shell may stand in for, and the pool's refilling as soon as all of them
 * run. That is dom0's work, and nobody waits for it: the next command finds what is ready by then.
 */
import { hostname } from 'node:os';
import type { BatchRecord } from '../batch/job-name.js';
import { UserError } from '../errors.js';
import type { Host } from '../host/host.js';
import type { Output } from '../report/output.js';
import type { Prepared } from '../xl/life/prepare.js';
import { fillShells } from '../xl/life/shells.js';
import {
  planShell,
  type ShellOrder,
  type ShellPlan,
  type ShellPool,
  shellPool,
  whyNoShell,
} from '../xl/observed/shell.js';
import type { DomainWish } from '../xl/spec/spec.js';

interface Refill {
  host: Host;
  prepared: Prepared;
  plan: ShellPlan;
}

export class Shells {
  readonly #pool: ShellPool;
  readonly #output: Output;
  /** Domains that are still to begin, or to fail. */
  #awaited: number;
  #someRun = false;
  #refills = new Map<string, Refill>();
  #filling: Promise<void> | undefined;

  /** `place`: of the project or image that they are of. Throws UserError where there can be none. */
  constructor(
    { place, size, batch }: { place: string; size: number; batch: BatchRecord | undefined },
    domains: number,
    hosts: readonly Host[],
    output: Output,
  ) {
    if (hosts.some(({ broker }) => broker !== undefined)) {
      throw new UserError('--pool-size: without root there are no shells: they would be of nobody’s share', {
        exit: 'noPermission',
        next: ['leave it out'],
      });
    }
    const user = process.env.USER ?? String(process.getuid?.() ?? 'unknown');
    this.#pool = shellPool(user, hostname(), place, size, batch);
    this.#awaited = domains;
    this.#output = output;
  }

  /** What shells mean for this domain, for whose sort the pool is refilled later. */
  order(prepared: Prepared, wish: DomainWish): ShellOrder {
    const { host, spec, image } = prepared;
    const why = whyNoShell(wish, spec);
    if (why !== undefined) {
      this.#output.note(`${wish.name}: no shell is used: ${why}`);
      return { why };
    }
    const plan = planShell(this.#pool, spec, image);
    this.#refills.set(`${host.name} ${plan.prefix}`, { host, prepared, plan });
    return { plan, line: spec.commandLine };
  }

  /** A domain runs. */
  started(): void {
    this.#someRun = true;
    this.#awaited -= 1;
    if (this.#awaited <= 0) this.#filling ??= this.#fill();
  }

  /** At the end, also of a command whose domains did not all come about: until the keepers are at work. */
  async settle(): Promise<void> {
    if (this.#someRun) this.#filling ??= this.#fill();
    await this.#filling;
  }

  /** It has no say in how the command ends. */
  async #fill(): Promise<void> {
    const fills = [...this.#refills.values()].map(({ host, prepared, plan }) =>
      fillShells(host, prepared, plan, this.#pool.size).catch((error: unknown) => {
        this.#output.warn(`--pool-size: ${error instanceof Error ? error.message : String(error)}`);
      }),
    );
    await Promise.all(fills);
  }
}
