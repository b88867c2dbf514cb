/** The shape of what lwd.yaml says of domains: of the one, or of each of several. Messages as in schema.ts. */
import { z } from 'zod';
import { cardAddress, cardAddressText, ipv4 } from './ipv4.js';
import { mapping, name, strings, table, text, written } from './schema-words.js';

/** Whole MiB, so that xl's own unit loses nothing. */
const size = z
  .string({ error: 'a size in quotes or with a unit: 64M, 1536M, 2G' })
  .regex(/^[1-9][0-9]{0,5}(M|MiB|G|GiB)$/, { error: 'a size with a unit, in whole MiB: 64M, 1536M, 2G' });

/** xl's list of CPUs: numbers, ranges, all, nodes, each possibly excluded by ^. */
const cpuItem = '(?:\\^?(?:nodes?:)?[0-9]{1,4}(?:-[0-9]{1,4})?|all|nodes?:all)';
const cpuList = z
  .string({ error: 'a list of CPUs in quotes: "2", "0-3,^1", "node:0" (how many is said by vcpus)' })
  .regex(new RegExp(`^(?:auto|${cpuItem}(?:,${cpuItem})*)$`), {
    error: 'a list of CPUs as xl has it: "2", "0-3,^1", "node:0", "all"; or "auto"',
  });

const volumeSource = 'a folder of this machine';
const volumeTarget =
  'an absolute path in the domain of letters, digits and . _ @ + - , without // . or .. in it: /data';

const volume = table({
  source: text(volumeSource).min(1, { error: volumeSource }),
  target: text(volumeTarget, 200).regex(/^(\/(?!\.{1,2}(\/|$))[A-Za-z0-9._@+-]+)+$/, { error: volumeTarget }),
  readonly: z.boolean({ error: 'true or false' }).optional(),
});

const diskSource = 'a file of this machine, or a device of the host: ./scratch.img, /dev/sdb';
const diskTarget = "a disk's name in the domain: xvda to xvdz";

const disk = table({
  source: text(diskSource).min(1, { error: diskSource }),
  target: text(diskTarget).regex(/^xvd[a-z]$/, { error: diskTarget }),
  readonly: z.boolean({ error: 'true or false' }).optional(),
});

const address = (what: string) => z.string({ error: what }).regex(ipv4, { error: what });
const bridgeName = 'the name of a bridge in dom0: xenbr0';
const mac = 'a hardware address in quotes: "00:16:3e:01:02:03"';

const network = table({
  bridge: z
    .string({ error: bridgeName })
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,14}$/, { error: bridgeName })
    .optional()
    .meta({ description: 'Bridge in dom0, xenbr0 if not given' }),
  ip: z
    .string({ error: cardAddressText })
    .regex(cardAddress, { error: cardAddressText })
    .optional()
    .meta({ description: 'A range: the first for rank 0, and so on (LWD_PEERS)' }),
  gateway: address('an IPv4 address').optional(),
  dns: z
    .array(address('an IPv4 address'), { error: 'a list of addresses' })
    .max(3, { error: 'at most three addresses' })
    .optional()
    .meta({ description: 'Name servers' }),
  mac: z
    .string({ error: mac })
    .regex(/^([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}$/, { error: mac })
    .optional(),
});

function numberOf(least: number, most: number) {
  const words = `a whole number from ${least} to ${most}`;
  return z.int({ error: words }).min(least, { error: words }).max(most, { error: words });
}

const domain = table({
  type: z
    .enum(['auto', 'pv', 'pvh'], { error: 'auto, pv or pvh' })
    .optional()
    .meta({ description: 'auto: pvh where the host has hardware paging for it, else pv' }),
  vcpus: z
    .int({ error: 'a whole number from 1 to 128' })
    .min(1, { error: 'a whole number from 1 to 128' })
    .max(128, { error: 'a whole number from 1 to 128' })
    .optional(),
  memory: size.optional().meta({ description: 'Memory at the start, 64M if not given' }),
  maxmem: size.optional().meta({ description: 'How far memory may grow; memory if not given' }),
  cpus: cpuList.optional().meta({ description: 'Where the vCPUs may run' }),
  on_crash: z
    .enum(['destroy', 'preserve'], { error: 'destroy or preserve' })
    .optional()
    .meta({ description: 'preserve: keep the dead domain for inspection' }),
  max_event_channels: numberOf(16, 4095)
    .optional()
    .meta({ description: 'Event channels that it may have; what its devices need if not given' }),
  max_grant_frames: numberOf(1, 1024)
    .optional()
    .meta({ description: 'Frames of 512 grants that it may have; what its devices need if not given' }),
  max_maptrack_frames: numberOf(0, 1024)
    .optional()
    .meta({ description: "Frames of 256 of other domains' grants that it may map; 1 if not given" }),
  max_console_log: size
    .optional()
    .meta({ description: 'Of its console dom0 keeps no more, 64M if not given; the last stays' }),
});

const env = z.record(
  z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: 'a name of letters, digits and _, not starting with a digit' }),
  written('text', 65_536),
  { error: mapping },
);

/** What the project says for its domain, and one of several says for itself. */
export const domainSettings = {
  volumes: z
    .array(volume, { error: 'a list of {source, target}' })
    .optional()
    .meta({ description: 'Folders of this machine that the domain sees' }),
  disks: z
    .array(disk, { error: 'a list of {source, target}' })
    .optional()
    .meta({ description: 'Block devices: files of this machine, or devices of the host' }),
  network: z
    .array(network, { error: 'a list of network cards: [{bridge: xenbr0, ip: dhcp}]' })
    .max(8, { error: 'at most eight cards' })
    .optional()
    .meta({ description: 'Network cards' }),
  args: strings('arguments', written('text')).optional().meta({ description: "main's arguments, after its name" }),
  env: env.optional().meta({ description: "main's environment" }),
  domain: domain.optional(),
};

const conditions = 'started, ended or succeeded';
const count = 'a whole number from 1 to 1000';

const entry = table({
  ...domainSettings,
  count: z
    .int({ error: count })
    .min(1, { error: count })
    .max(1000, { error: count })
    .optional()
    .meta({ description: 'So many of them, PROJECT-NAME-0 and so on' }),
  after: z
    .record(name, z.enum(['started', 'ended', 'succeeded'], { error: conditions }), {
      error: `a mapping of names from \`domains\` to ${conditions}`,
    })
    .optional()
    .meta({ description: 'Which others have to be started, to have ended, or to have succeeded before' }),
});

/** `domains:` */
export const domainsSchema = z
  .record(name, entry.nullable(), { error: 'a mapping of names to settings of domains' })
  .refine((value) => Object.keys(value).length > 0, { error: 'at least one domain' })
  .meta({ description: 'Several domains of the image, instead of one; what they do not say is as for one' });

/** Keys by the place of their mapping, for messages. */
export const domainKeys: Record<string, readonly string[]> = {
  domain: Object.keys(domain.shape),
  'volumes.*': Object.keys(volume.shape),
  'network.*': Object.keys(network.shape),
  'disks.*': Object.keys(disk.shape),
  'domains.*': Object.keys(entry.shape),
};
