import { Flags } from '@oclif/core';
import { reconcileReport } from '../report/reconcile.js';
import { accountForFenced } from '../run/accounting.js';
import { reconcileHere } from '../run/reconcile-here.js';
import { parseDuration } from '../xl/facts/units.js';
import { reconcile } from '../xl/observed/reconcile.js';
import { hostsFlag } from './base.js';
import { HostsCommand, timeoutFlag } from './hosts-base.js';

export default class Reconcile extends HostsCommand<typeof Reconcile> {
  static override summary =
    'clear up what an lwd left that was killed in the middle; every look at domains does so too';
  static override description =
    `Half-made domains, and what is left of domains that are gone: logs, pools of CPUs, copies, servers' nodes. What is whole
stays: domains that run or have ended, and what they wrote to copies (\`lwd copies\`).`;
  static override examples = ['<%= config.bin %> reconcile', '<%= config.bin %> reconcile --older-than 0s --json'];
  static override flags = {
    'older-than': Flags.string({
      description: 'of what nobody can say whose it is, only what is older than this',
      default: '1h',
      helpValue: 'TIME',
    }),
    host: hostsFlag,
    timeout: timeoutFlag(),
  };

  async run(): Promise<void> {
    const text = this.flags['older-than'];
    const minutes = /^0[smhd]?$/.test(text) ? 0 : Math.ceil(parseDuration('--older-than', text) / 60_000);
    const removed = await this.rows(async (host) => {
      const rows = await reconcile(host, minutes);
      await accountForFenced(host, () => true, this.output);
      return rows;
    });
    const here = await reconcileHere();
    this.show(reconcileReport(removed, here), removed);
  }
}
