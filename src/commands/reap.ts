import { Flags } from '@oclif/core';
import { type BatchRecord, belongsTo, type JobSelection, overName } from '../batch/job-name.js';
import type { Host } from '../host/host.js';
import { downReport } from '../report/domains.js';
import { accountForFenced, accountOfTaken, keepAccount } from '../run/accounting.js';
import { parseDuration } from '../xl/facts/units.js';
import { endMakers, type OverRuns } from '../xl/life/makers.js';
import { type TakenDown, takeDown } from '../xl/life/takedown.js';
import { listDomains } from '../xl/observed/status.js';
import { hostsFlag } from './base.js';
import { DomainsCommand } from './domains-base.js';
import { patienceFlag } from './hosts-base.js';

export default class Reap extends DomainsCommand<typeof Reap> {
  static override summary = "end and remove the domains of a batch job on this host, for the job's epilog";
  static override description =
    `Asks no batch system. Doing it again does no harm, and a job without domains is no error: the status is 0 unless a
domain is still there, or the host does not answer, and the node should then be given no more jobs.
Domains get no time to end by themselves, unless --grace says so: their job is over.`;
  static override examples = ['<%= config.bin %> reap --job "$SLURM_JOB_ID"'];
  static override flags = {
    job: Flags.string({ description: "the job's number, as the batch system has it", required: true, helpValue: 'ID' }),
    step: Flags.string({ description: 'only those of this step', helpValue: 'STEP' }),
    'all-restarts-before': Flags.integer({
      description: "only those that were started before the job's Nth restart",
      min: 0,
      helpValue: 'N',
    }),
    restarts: Flags.integer({
      description: 'how often the job has been started anew: what of these runs still comes is refused',
      min: 0,
      helpValue: 'N',
    }),
    grace: Flags.string({ description: 'between asking and destroying', helpValue: 'TIME' }),
    timeout: patienceFlag('2m'),
    host: hostsFlag,
  };

  async run(): Promise<void> {
    const { job, step, 'all-restarts-before': restartsBefore, restarts, grace: asked } = this.flags;
    const grace = asked === undefined ? 0 : parseDuration('--grace', asked);
    const selection = { job, step, restartsBefore };
    // Who is asked about the runs before one is the prolog of that one, which begins.
    const last = restarts ?? (restartsBefore === undefined ? undefined : restartsBefore - 1);
    const name = step === undefined ? overName(selection) : undefined;
    const over = name === undefined || last === undefined ? undefined : { name, restart: last };
    const taken = await this.rows((host) => this.#reap(host, selection, grace, over));
    for (const row of taken.rows) await keepAccount(accountOfTaken(row, 'reap'), this.output);
    this.show(downReport(taken), taken);
    this.tellOf(taken);
  }

  async #reap(host: Host, selection: JobSelection, grace: number, over?: OverRuns): Promise<TakenDown[]> {
    if (await host.isDown?.()) return [];
    const isMeant = (batch: BatchRecord | undefined) => batch !== undefined && belongsTo(selection, '', batch);
    await endMakers(host, isMeant, over);
    await accountForFenced(host, isMeant, this.output);
    const domains = (await listDomains(host)).filter(({ name, record }) => {
      // A record without a job is of a domain that belongs to none, whatever its name.
      const isNone = record !== undefined && record.batch === undefined;
      return !isNone && belongsTo(selection, name, record?.batch);
    });
    return domains.length === 0 ? [] : takeDown(host, domains, { grace, signal: this.interruption.signal });
  }
}
