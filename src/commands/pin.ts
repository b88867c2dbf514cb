import { Args, Flags } from '@oclif/core';
import { chooseHost } from '../host/choose.js';
import { pinReport } from '../report/domains.js';
import { pin } from '../xl/pin.js';
import { findDomain, listDomains } from '../xl/status.js';
import { hostFlag, LwdCommand } from './base.js';

export default class Pin extends LwdCommand<typeof Pin> {
  static override summary = "say on which CPUs a domain's vCPUs may run, and show where Xen then has them";
  static override examples = [
    '<%= config.bin %> pin solver-1 --cpus 1',
    '<%= config.bin %> pin solver-1 --vcpu 0 --cpus 0-3,^1',
    '<%= config.bin %> pin solver-1 --soft --cpus node:0',
  ];
  static override args = { name: Args.string({ description: "the domain's name, number or UUID", required: true }) };
  static override flags = {
    cpus: Flags.string({ description: 'as xl writes it: 2, 0-3,^1, node:1, all', required: true, helpValue: 'LIST' }),
    vcpu: Flags.integer({ description: 'this vCPU only (default: all)', min: 0, helpValue: 'N' }),
    soft: Flags.boolean({ description: 'where they had best run, and not where alone they may' }),
    host: hostFlag,
  };

  async run(): Promise<void> {
    const host = await chooseHost(
      { flag: this.flags.host },
      (message) => this.output.note(message),
      this.interruption.signal,
    );
    const domain = findDomain(await listDomains(host), this.args.name, host);
    const { cpus, vcpu, soft = false } = this.flags;
    this.output.result(pinReport(domain.name, await pin(host, domain, { cpus, vcpu, soft })));
  }
}
