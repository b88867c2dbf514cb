/** Flags for what the standard streams of a domain are. For every command that stays with the domains that it starts. */
import { Flags } from '@oclif/core';

export const streamFlags = {
  'label-io': Flags.boolean({
    description: "put the domain's name in front of each line that it writes",
    exclusive: ['detach'],
  }),
  output: Flags.string({
    description:
      'a file for stdout, and for stderr if --error does not name one; %j job, %t rank, %r restart, %n domain; or none',
    helpValue: 'FILE',
    exclusive: ['detach'],
  }),
  error: Flags.string({ description: 'a file for stderr, as --output', helpValue: 'FILE', exclusive: ['detach'] }),
  input: Flags.string({
    description: 'a file for stdin (default: that of lwd, for the first domain), as --output',
    helpValue: 'FILE',
    exclusive: ['detach'],
  }),
};
