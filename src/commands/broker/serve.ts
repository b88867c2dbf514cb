import { Flags } from '@oclif/core';
import { hostFlag } from '../base.js';
import { HostCommand } from '../host-base.js';

export default class BrokerServe extends HostCommand<typeof BrokerServe> {
  static override summary = 'let users who are not root run domains, within what a policy file allows';
  static override description =
    `Runs as root in dom0 until it is ended. \`lwd\` uses it by itself where it may not use xl. Who connects is asked of the kernel;
what a rule of the policy does not allow is refused; each request and its decision is a line of the audit log. The policy is
read again when it has changed. docs/broker.md has an example, and what the broker protects from what.`;
  static override examples = ['<%= config.bin %> broker serve --policy /etc/lwd/policy.yaml'];
  static override flags = {
    policy: Flags.string({ description: 'who may do what', default: '/etc/lwd/policy.yaml', helpValue: 'FILE' }),
    socket: Flags.string({ description: 'where lwd connects', default: '/run/lwd/broker.sock', helpValue: 'PATH' }),
    audit: Flags.string({ description: 'the audit log', default: '/var/log/lwd-audit.jsonl', helpValue: 'FILE' }),
    images: Flags.string({
      description: "where users' images are kept",
      default: '/var/lib/lwd/broker',
      helpValue: 'FOLDER',
    }),
    host: hostFlag,
  };

  async run(): Promise<void> {
    const { serve } = await import('../../broker/serve.js');
    const { policy, socket, audit, images } = this.flags;
    const host = await this.host();
    await serve({
      ...{ policyFile: policy, socket, audit, images, host, signal: this.interruption.signal },
      onReady: () => this.output.note(`lwd broker: ready at ${socket}`),
      warn: (text) => this.output.warn(text),
    });
    await host.close();
  }
}
