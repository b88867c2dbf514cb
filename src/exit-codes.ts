/**
 * The one table of exit codes: `--help`, the documentation and every command read it from here.
 *
 * An application's own status passes through unchanged, so these values are chosen from where programs seldom go:
 * sysexits.h (64..78), timeout(1) (124), and 128 + the signal that a Unix process would have died of.
 */
export const exitCodes = {
  usage: { code: 64, meaning: 'the command line is wrong' },
  buildFailed: { code: 65, meaning: 'the build failed: a compiler, linker or port said no' },
  noHost: { code: 69, meaning: 'no Xen host could be reached or started' },
  internal: { code: 70, meaning: 'a defect in lwd itself' },
  noResources: { code: 71, meaning: 'the host has too little memory (or another resource) for the domain' },
  cannotCreate: { code: 73, meaning: 'the host refused the domain: name taken, image or configuration not accepted' },
  outputLost: { code: 74, meaning: 'what the application wrote did not all get into its file (--output, --error)' },
  outcomeUnknown: {
    code: 75,
    meaning: 'the host was lost and the outcome is unknown; in a batch job any fault of the host: requeue it',
  },
  protocol: { code: 76, meaning: 'the domain ended without saying how' },
  noPermission: { code: 77, meaning: 'a right is missing' },
  configuration: { code: 78, meaning: 'lwd.yaml or the environment is wrong' },
  timeout: { code: 124, meaning: 'a time-out given with --timeout ran out' },
  toolFailed: { code: 125, meaning: 'a program that lwd needs failed' },
  noSuchDomain: { code: 127, meaning: 'there is no such domain' },
  interrupted: { code: 130, meaning: 'interrupted by SIGINT' },
  illegalInstruction: { code: 132, meaning: 'the domain crashed: illegal instruction' },
  aborted: { code: 134, meaning: 'the domain crashed: abort(), a failed assertion or a panic of the kernel' },
  busError: { code: 135, meaning: 'the domain crashed: misaligned or non-existent memory' },
  arithmetic: { code: 136, meaning: 'the domain crashed: arithmetic error' },
  destroyed: { code: 137, meaning: 'the domain was destroyed from outside' },
  memoryFault: { code: 139, meaning: 'the domain crashed: invalid memory access, stack overflow included' },
  terminated: { code: 143, meaning: 'ended by SIGTERM' },
} as const satisfies Record<string, { code: number; meaning: string }>;

export type ExitCodeName = keyof typeof exitCodes;

export function exitCode(name: ExitCodeName): number {
  return exitCodes[name].code;
}
