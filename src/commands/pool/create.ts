import { Args, Flags } from '@oclif/core';
import { chooseHost } from '../../host/choose.js';
import { poolReport } from '../../report/pool.js';
import { createPool } from '../../xl/pool.js';
import { hostFlag, LwdCommand } from '../base.js';

export default class PoolCreate extends LwdCommand<typeof PoolCreate> {
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
    host: hostFlag,
  };

  async run(): Promise<void> {
    const note = (message: string) => this.output.note(message);
    const host = await chooseHost({ flag: this.flags.host }, note, this.interruption.signal);
    this.output.result(
      poolReport(await createPool(host, this.args.name, this.flags.cpus, this.flags.scheduler), 'made'),
    );
  }
}
