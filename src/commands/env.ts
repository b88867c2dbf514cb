import { availableParallelism } from 'node:os';
import { Flags } from '@oclif/core';
import { envReport } from '../report/env.js';
import { wantsColour } from '../report/output.js';
import { runInTerminal } from '../sys/exec.js';
import { crossEnvironment, processEnvironment } from '../toolchain/environment.js';
import { ensureSysroot } from '../toolchain/sysroot.js';
import { findTools } from '../toolchain/tools.js';
import { LwdCommand } from './base.js';

export default class Env extends LwdCommand<typeof Env> {
  static override summary = 'the environment in which an existing build system makes programs for lwd';
  static override description =
    `Prints it for a shell to evaluate, or runs a program in it. It has PATH with x86_64-lwd-elf-clang, -ar, -pkg-config and
others, CC, AR and their like, CMAKE_TOOLCHAIN_FILE, and the place of Meson's cross file (LWD_MESON_CROSS_FILE).
The programs that are made there run by \`lwd up ./PROGRAM\`.`;
  static override examples = [
    'eval "$(<%= config.bin %> env)"',
    '<%= config.bin %> env -- ./configure --host=x86_64-lwd-elf',
    '<%= config.bin %> env -- cmake -B build',
    `<%= config.bin %> env -- sh -c 'meson setup --cross-file "$LWD_MESON_CROSS_FILE" build'`,
  ];
  static override passesArguments = true;
  static override usage = 'env [FLAGS] [-- PROGRAM [ARGUMENTS]]';
  static override flags = {
    lto: Flags.boolean({ description: 'libraries as bitcode, to be linked with what -flto compiles' }),
  };

  async run(): Promise<void> {
    const sysroot = await ensureSysroot({
      tools: await findTools(),
      jobs: availableParallelism(),
      colour: wantsColour(process.stderr),
      lto: this.flags.lto ?? false,
      signal: this.interruption.signal,
      report: (status) => this.output.detail(`sysroot: ${status}`),
    });
    const cross = crossEnvironment(sysroot);
    const [program, ...rest] = this.givenArguments() ?? [];
    if (program === undefined) return this.output.result(envReport(cross));
    this.exitWith(await runInTerminal([program, ...rest], processEnvironment(cross, process.env.PATH)));
  }
}
