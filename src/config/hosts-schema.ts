/** The shape of `hosts:`, in lwd.yaml and in the user's own config.yaml. Messages complete "… must be …", as in schema.ts. */
import { z } from 'zod';

const embedded = 'embedded(?:-icount)?(?::[a-z0-9][a-z0-9-]{0,11})?';
const address = `(?:local|${embedded}|ssh:\\/\\/[^\\s/,]+\\/?)`;
/** Of a host or a group; the words that name hosts by themselves are not free. */
const name = '(?!(?:local|embedded|embedded-icount)$)[A-Za-z][A-Za-z0-9._-]{0,62}';

const place = "a host's address (local, embedded, embedded:NAME, ssh://user@node:port) or the name of one of `hosts`";
const member = z.string({ error: place }).regex(new RegExp(`^(?:${address}|${name})$`), { error: place });
const addressOrGroup = 'an address (ssh://user@node:port, embedded:NAME, local) or a list of hosts: [node1, node2]';

export const hostsSchema = z
  .record(
    z.string().regex(new RegExp(`^${name}$`), {
      error: 'letters, digits and . _ - , a letter first, and not local or embedded',
    }),
    z.union(
      [
        z.string().regex(new RegExp(`^${address}$`)),
        z.array(member, { error: addressOrGroup }).min(1, { error: 'at least one host' }),
      ],
      { error: addressOrGroup },
    ),
    { error: 'a mapping of names to addresses, or to lists of hosts' },
  )
  .meta({ description: 'Names for hosts, and for groups of them: what --host takes' });

/** What `host:` may be: what --host may be. */
const hosts = 'a host or several: local, embedded, ssh://user@node, or names of `hosts`, separated by commas';
export const hostSchema = z
  .string({ error: hosts })
  .regex(new RegExp(`^(?:${address}|${name})(?:,(?:${address}|${name}))*$`), { error: hosts });
