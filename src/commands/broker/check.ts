import { Args } from '@oclif/core';
import { policyReport } from '../../report/broker.js';
import { LwdCommand } from '../base.js';

export default class BrokerCheck extends LwdCommand<typeof BrokerCheck> {
  static override summary = "read a broker's policy file, and show what it says";
  static override examples = ['<%= config.bin %> broker check /etc/lwd/policy.yaml'];
  static override args = { file: Args.string({ description: 'the policy file', default: '/etc/lwd/policy.yaml' }) };

  async run(): Promise<void> {
    const { readPolicy } = await import('../../broker/policy.js');
    this.output.result(policyReport(await readPolicy(this.args.file)));
  }
}
