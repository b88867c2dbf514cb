import { Flags } from '@oclif/core';
import { UserError } from '../errors.js';
import { pinReport } from '../report/domains.js';
import { pin } from '../xl/change/pin.js';
import { DomainsCommand, domainFlags, domainNames } from './domains-base.js';
import { timeoutFlag } from './hosts-base.js';

export default class Pin extends DomainsCommand<typeof Pin> {
  static override summary = "say on which CPUs domains' vCPUs may run, and show where Xen then has them";
  static override examples = [
    '<%= config.bin %> pin solver-1 --cpus 1',
    '<%= config.bin %> pin solver-1 --vcpu 0 --cpus 0-3,^1',
    '<%= config.bin %> pin --all --soft --cpus node:0',
  ];
  static override usage = 'pin NAME... | --all | --selector KEY=VALUE --cpus LIST [FLAGS]';
  static override args = domainNames;
  // oclif looks at a command's own properties only.
  static override strict = false;
  static override flags = {
    ...domainFlags,
    cpus: Flags.string({ description: 'as xl writes it: 2, 0-3,^1, node:1, all', required: true, helpValue: 'LIST' }),
    vcpu: Flags.string({ description: 'this vCPU only, or all of them', default: 'all', helpValue: 'N' }),
    soft: Flags.boolean({ description: 'where they had best run, and not where alone they may' }),
    timeout: timeoutFlag(),
  };

  async run(): Promise<void> {
    const { cpus, vcpu, soft = false } = this.flags;
    if (!/^(all|\d{1,3})$/.test(vcpu))
      throw new UserError(`--vcpu: "${vcpu}" is no number and not all`, { exit: 'usage' });
    const wish = { cpus, vcpu: vcpu === 'all' ? undefined : Number(vcpu), soft };
    const pinned = await this.onDomains((host, domains) => pin(host, domains, wish), { places: true });
    this.show(pinReport(pinned), pinned);
    for (const row of pinned.rows) {
      if (row.complaint === undefined) continue;
      this.output.warn(`${this.called(row, pinned)} is not pinned to ${cpus}: ${row.complaint}`);
      this.failWith('cannotCreate');
    }
  }
}
