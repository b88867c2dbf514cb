import { Args, Flags } from '@oclif/core';
import { changedPoolsReport } from '../../report/pool.js';
import { createPool } from '../../xl/place/pool.js';
import { hostsFlag } from '../base.js';
import { HostsCommand, timeoutFlag } from '../hosts-base.js';

export default class PoolCreate extends HostsCommand<typeof PoolCreate> {
  static override summary = "make a pool of CPUs that are in Pool-0, where dom0's are";
  static override description = 'A domain in a pool runs on its CPUs alone, and what is outside of it never does.';
  static override examples = [
    '<%= config.bin %> pool create hpc --cpus 2-7',
    '<%= config.bin %> pool create rt --cpus 1 --scheduler rtds',
  ];
  static override args = { name: Args.string({ description: "the pool's name", required: true }) };
  static override flags = {
    cpus: Flags.string({ description: 'numbers: 2, 2-7, 2-7,^4', required: true, helpValue: 'LIST' }),
    scheduler: Flags.string({
      description: "one of Xen's: credit2, credit, rtds …",
      default: 'credit2',
      helpValue: 'NAME',
    }),
    host: hostsFlag,
    timeout: timeoutFlag(),
  };

  async run(): Promise<void> {
    const { cpus, scheduler } = this.flags;
    const made = await this.rows(async (host) => [await createPool(host, this.args.name, cpus, scheduler)], {
      look: 'pool list',
    });
    this.show(changedPoolsReport(made, 'made'), made);
  }
}
