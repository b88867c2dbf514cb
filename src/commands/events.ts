import { Flags } from '@oclif/core';
import { chooseHost } from '../host/choose.js';
import { eventReport } from '../report/domains.js';
import { watchEvents } from '../xl/events.js';
import { parseDuration } from '../xl/units.js';
import { hostFlag, LwdCommand } from './base.js';

export default class Events extends LwdCommand<typeof Events> {
  static override summary = "show what happens to lwd's domains: created, ended, gone";
  static override description =
    `First those that are there, then each change, a line (with --json: a value) each, until it is interrupted or --timeout
is over. Xenstore tells of beginnings and ends; a pause is noticed at the next one.`;
  static override examples = ['<%= config.bin %> events', '<%= config.bin %> events --json --timeout 1h'];
  static override flags = {
    timeout: Flags.string({ description: 'stop after this time (90s, 5m, 2h)', helpValue: 'TIME' }),
    host: hostFlag,
  };

  async run(): Promise<void> {
    const { timeout } = this.flags;
    const limit = timeout === undefined ? [] : [AbortSignal.timeout(parseDuration('--timeout', timeout))];
    const note = (message: string) => this.output.note(message);
    const host = await chooseHost({ flag: this.flags.host }, note, this.interruption.signal);
    const over = AbortSignal.any([this.interruption.signal, ...limit]);
    await watchEvents(host, over, (event) => this.output.result(eventReport(event)));
    const status = this.interruption.exitCode;
    if (status !== undefined) this.exitWith(status);
  }
}
