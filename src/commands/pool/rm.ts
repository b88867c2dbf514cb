import { Args } from '@oclif/core';
import type { Host } from '../../host/host.js';
import { changedPoolsReport } from '../../report/pool.js';
import type { Pool } from '../../xl/facts/topology.js';
import { removePool } from '../../xl/place/pool.js';
import { hostsFlag } from '../base.js';
import { HostsCommand, timeoutFlag } from '../hosts-base.js';

export default class PoolRm extends HostsCommand<typeof PoolRm> {
  static override summary = 'remove pools in which no domain is; their CPUs go back to Pool-0';
  static override examples = ['<%= config.bin %> pool rm hpc'];
  static override usage = 'pool rm NAME... [FLAGS]';
  static override args = { name: Args.string({ description: "the pools' names", required: true }) };
  // oclif looks at a command's own properties only.
  static override strict = false;
  static override flags = { host: hostsFlag, timeout: timeoutFlag() };

  async run(): Promise<void> {
    const removed = await this.rows((host) => this.#remove(host), { look: 'pool list' });
    this.show(changedPoolsReport(removed, 'removed'), removed);
  }

  async #remove(host: Host): Promise<Pool[]> {
    const removed: Pool[] = [];
    for (const name of this.operands) removed.push(await removePool(host, name));
    return removed;
  }
}
