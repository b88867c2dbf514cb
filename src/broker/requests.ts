/** What may be asked of the broker: a small, closed set, each with its bounds. Anything else is refused as a whole. Pure. */
import { z } from 'zod';
import { isShellName } from '../xl/facts/domain-record.js';
import { passedSignals } from '../xl/facts/process-frames.js';

const digest = z.string().regex(/^[0-9a-f]{64}$/);
const image = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const mebibytes = z
  .int()
  .min(4)
  .max(2 ** 24);
/** Without control characters, which neither xl nor a terminal is to see. */
const plain = (most: number) =>
  z
    .string()
    .max(most)
    .refine((text) => !/\p{Cc}|\p{Surrogate}/u.test(text));
const path = plain(1024).regex(/^(?:\/(?!\.{1,2}(?:\/|$))[^/]+)+$/);

const spec = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9._-]{0,62}$/)
    .refine((name) => !isShellName(name)),
  uuid: z.string().regex(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
  type: z.enum(['pv', 'pvh']),
  kernel: image,
  ramdisk: image.optional(),
  commandLine: plain(1023).refine((text) => Buffer.byteLength(text) <= 1023),
  memory: mebibytes,
  maxmem: mebibytes,
  vcpus: z.int().min(1).max(128),
  cpus: plain(200).optional(),
  pool: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,63}$/)
    .optional(),
  group: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,63}$/)
    .optional(),
  foreign: z.literal(true).optional(),
  batch: z
    .strictObject({
      system: z.enum(['slurm', 'flux', 'pbs']),
      job: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9.]{0,31}$/),
      step: z.string().regex(/^(?:\d{1,10}|batch|interactive)$/),
      rank: z.int().min(0),
      restart: z.int().min(0),
      component: z
        .string()
        .regex(/^[A-Za-z0-9][A-Za-z0-9.]{0,31}$/)
        .optional(),
      array: z
        .string()
        .regex(/^[A-Za-z0-9.]{1,32}_\d{1,15}$/)
        .optional(),
    })
    .optional(),
  onCrash: z.enum(['destroy', 'preserve']),
  nativeTsc: z.boolean(),
  volumes: z
    .array(
      z.strictObject({
        target: z
          .string()
          .max(200)
          .regex(/^(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._@+-]+)+$/),
        readonly: z.boolean(),
        path: z.union([path, z.literal('/')]),
      }),
    )
    .max(16),
  network: z.array(z.strictObject({ bridge: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,14}$/) })).max(8),
  disks: z.array(z.strictObject({ target: z.string().regex(/^xvd[a-z]$/), readonly: z.boolean(), path })).max(16),
});

const requestSchema = z.discriminatedUnion('op', [
  z.strictObject({ op: z.literal('capabilities') }),
  z.strictObject({ op: z.literal('push'), sha256: digest }),
  z.strictObject({
    op: z.literal('program'),
    name: z.string().regex(/^[a-z-]{1,30}$/),
    args: z.array(z.string().max(4096)).max(1024),
  }),
  z.strictObject({
    op: z.literal('launch'),
    mode: z.enum(['attach', 'detach', 'hold']),
    lease: z.int().min(5).max(86_400).optional(),
    stream: z.literal(true).optional(),
    spec,
  }),
]);

/** What the caller says while its domain runs (signal, and of its stream), and what it answers when that has ended. */
const answerSchema = z.discriminatedUnion('word', [
  z.strictObject({ word: z.literal('signal'), name: z.enum(passedSignals) }),
  z.strictObject({
    word: z.literal('stream-room'),
    bytes: z
      .int()
      .min(1)
      .max(2 ** 20),
  }),
  z.strictObject({ word: z.literal('stream-input-ends') }),
  z.strictObject({ word: z.literal('stream-gone') }),
  z.strictObject({ word: z.literal('registers') }),
  z.strictObject({ word: z.literal('usage') }),
  z.strictObject({ word: z.literal('memory'), address: z.string().regex(/^[0-9a-f]{1,16}$/) }),
  z.strictObject({ word: z.literal('destroy') }),
  z.strictObject({ word: z.literal('keep') }),
]);

export type Request = z.infer<typeof requestSchema>;
export type LaunchOrder = Extract<Request, { op: 'launch' }>;
export type OrderedSpec = LaunchOrder['spec'];
export type Answer = z.infer<typeof answerSchema>;

/** undefined if it is no request. */
export function parseRequest(value: unknown): Request | undefined {
  return requestSchema.safeParse(value).data;
}

export function parseAnswer(value: unknown): Answer | undefined {
  return answerSchema.safeParse(value).data;
}
