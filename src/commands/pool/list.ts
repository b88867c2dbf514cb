import { chooseHost } from '../../host/choose.js';
import { poolsReport } from '../../report/pool.js';
import { listPools } from '../../xl/pool.js';
import { hostFlag, LwdCommand } from '../base.js';

export default class PoolList extends LwdCommand<typeof PoolList> {
  static override summary = "list the host's pools of CPUs";
  static override examples = ['<%= config.bin %> pool list', '<%= config.bin %> pool list --json'];
  static override flags = { host: hostFlag };

  async run(): Promise<void> {
    const note = (message: string) => this.output.note(message);
    const host = await chooseHost({ flag: this.flags.host }, note, this.interruption.signal);
    this.output.result(poolsReport(await listPools(host), host.name));
  }
}
