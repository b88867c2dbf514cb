import { Args, Flags } from '@oclif/core';
import type { Host } from '../host/host.js';
import { crashText, explainCrash } from '../report/crash.js';
import { ownStreams } from '../run/output-sink.js';
import { parseConsoleReport } from '../xl/facts/crash-report.js';
import { readConsole } from '../xl/life/console.js';
import { findDomain, listDomains } from '../xl/observed/status.js';
import { ConsoleTail } from '../xl/stream/console-tail.js';
import { hostFlag } from './base.js';
import { HostsCommand } from './hosts-base.js';

export default class Logs extends HostsCommand<typeof Logs> {
  static override summary = 'show what a domain has written to its console';
  static override examples = ['<%= config.bin %> logs solver-1', '<%= config.bin %> logs -f solver-1'];
  static override args = { name: Args.string({ description: "the domain's name, number or UUID", required: true }) };
  static override flags = {
    follow: Flags.boolean({ char: 'f', description: 'go on until the domain has ended' }),
    host: hostFlag,
    timeout: Flags.string({
      description: 'try no longer than this (90s, 5m); with --follow: follow no longer',
      helpValue: 'TIME',
    }),
  };

  async run(): Promise<void> {
    const host = await this.host();
    const find = async (at: Host) => findDomain(await listDomains(at), this.args.name, at);
    const domain = await this.one(host, find, { reads: true });
    const tail = new ConsoleTail();
    const chunks: Uint8Array[] = [];
    const { stdout: shown } = ownStreams(false);
    const onConsole = (chunk: Uint8Array) => {
      tail.push(chunk);
      if (this.output.json) chunks.push(chunk);
      else void shown.write(chunk);
    };
    if (this.flags.follow) {
      await readConsole(host, domain, { follow: true, signal: this.over(), onConsole });
      const status = this.interruption.exitCode;
      if (status !== undefined) this.exitWith(status);
    } else {
      const read = (at: Host) =>
        readConsole(at, domain, { follow: false, signal: this.interruption.signal, onConsole });
      await this.one(host, read, { reads: true });
    }
    if (this.output.json) {
      const console = Buffer.concat(chunks).toString('utf8');
      this.output.result({ toJson: () => ({ name: domain.name, console }), toText: () => '' });
      return;
    }
    const report = parseConsoleReport(tail.text());
    if (report === undefined) return;
    const crash = await explainCrash(report, domain.record?.symbols);
    process.stderr.write(`${crashText(domain.name, crash, this.output.verbose)}\n`);
  }
}
