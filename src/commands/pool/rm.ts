import { Args } from '@oclif/core';
import { chooseHost } from '../../host/choose.js';
import { poolReport } from '../../report/pool.js';
import { removePool } from '../../xl/pool.js';
import { hostFlag, LwdCommand } from '../base.js';

export default class PoolRm extends LwdCommand<typeof PoolRm> {
  static override summary = 'remove a pool in which no domain is; its CPUs go back to Pool-0';
  static override examples = ['<%= config.bin %> pool rm hpc'];
  static override args = { name: Args.string({ description: "the pool's name", required: true }) };
  static override flags = { host: hostFlag };

  async run(): Promise<void> {
    const note = (message: string) => this.output.note(message);
    const host = await chooseHost({ flag: this.flags.host }, note, this.interruption.signal);
    this.output.result(poolReport(await removePool(host, this.args.name), 'removed'));
  }
}
