import { Flags } from '@oclif/core';
import { findings, missingPackages } from '../doctor/checks.js';
import { gatherFacts, isRoot } from '../doctor/facts.js';
import { installPackages } from '../doctor/fix.js';
import { doctorReport } from '../report/doctor.js';
import { hostFlag, LwdCommand } from './base.js';

export default class Doctor extends LwdCommand<typeof Doctor> {
  static override summary = 'check what lwd needs on this machine and on the host, and say what mends it';
  static override flags = {
    host: hostFlag,
    fix: Flags.boolean({ description: 'install what is missing (apt-get, with sudo unless root)' }),
  };

  async run(): Promise<void> {
    let found = findings(await gatherFacts({ flag: this.flags.host }));
    const packages = missingPackages(found);
    if (this.flags.fix && packages.length > 0) {
      this.output.note(`installing: ${packages.join(' ')}`);
      const show = (chunk: Uint8Array) => {
        if (!this.output.quiet) process.stderr.write(chunk);
      };
      await installPackages(packages, { root: isRoot(), show, signal: this.interruption.signal });
      found = findings(await gatherFacts({ flag: this.flags.host }));
    }
    this.output.result(doctorReport(found, isRoot()));
    if (found.some(({ state }) => state === 'missing')) this.failWith('configuration');
  }
}
