/**
 * What lwd keeps of a container: one file, ROOT/ID/state.json, and the domain itself, which Xen knows by its UUID. What the
 * container's status is follows from both each time, so that whoever is killed leaves nothing that is believed wrongly.
 */
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../errors.js';
import { makeDirectory, readJson, remove, renameNew, status, temporaryName, writeAtomic } from '../sys/fs.js';
import { removeLeftBehind, temporaryNames } from '../sys/left-behind.js';
import { isAlive } from '../sys/process.js';
import type { DomainStatus } from '../xl/observed/status.js';

const stateSchema = z.strictObject({
  version: z.literal(1),
  ociVersion: z.string(),
  id: z.string(),
  /** Absolute. */
  bundle: z.string(),
  annotations: z.record(z.string(), z.string()),
  host: z.string(),
  /** Of the domain; undefined until its files are on the host. */
  uuid: z.string().optional(),
  /** ISO 8601. */
  created: z.string(),
  /** Who stays with the domain: `run`, or what `create` leaves behind. */
  runner: z.strictObject({ pid: z.int(), startTime: z.string() }),
  /** The domain is there, and waits for `start` if it was made by `create`. */
  isCreated: z.boolean(),
  isStarted: z.boolean(),
});

export type ContainerState = z.infer<typeof stateSchema>;

/** "paused" is no state of the specification's, but one of runc's: `lwd pause` makes it. */
export type ContainerStatus = 'creating' | 'created' | 'running' | 'paused' | 'stopped';

export class ContainerFolder {
  readonly path: string;

  constructor(root: string, id: string) {
    this.path = join(root, id);
  }

  get archive(): string {
    return join(this.path, 'root.cpio');
  }

  /** With its first state in it, whole or not at all. Throws UserError if the id is in use. */
  async make(state: ContainerState): Promise<void> {
    await this.#clearUp();
    const fresh = temporaryName(this.path);
    await makeDirectory(fresh, 0o700);
    await writeAtomic(join(fresh, 'state.json'), text(state), 0o600);
    if (await renameNew(fresh, this.path)) return;
    await remove(fresh);
    throw new UserError(`there is a container ${basename(this.path)} already`, {
      exit: 'cannotCreate',
      next: [`lwd oci delete ${basename(this.path)}`],
    });
  }

  async write(state: ContainerState): Promise<void> {
    // Not after `delete --force` has taken it away.
    if (await status(this.path)) await writeAtomic(join(this.path, 'state.json'), text(state), 0o600);
  }

  /** undefined if there is no such container. */
  async read(): Promise<ContainerState | undefined> {
    const result = stateSchema.safeParse(await readJson(join(this.path, 'state.json')));
    return result.success ? result.data : undefined;
  }

  /** Also what was left by who was killed before there was one. */
  async remove(): Promise<void> {
    await remove(this.path);
    await this.#clearUp();
  }

  async #clearUp(): Promise<void> {
    await removeLeftBehind(dirname(this.path), temporaryNames);
  }
}

function text(state: ContainerState): string {
  return `${JSON.stringify(state, undefined, 2)}\n`;
}

/** `domain` is the one of its UUID, if there is one. */
export async function containerStatus(
  state: ContainerState,
  domain: Pick<DomainStatus, 'state'> | undefined,
): Promise<ContainerStatus> {
  if (domain === undefined) {
    const isComing = !state.isCreated && (await isAlive(state.runner));
    return isComing ? 'creating' : 'stopped';
  }
  return statusWithDomain(state, domain.state);
}

export function statusWithDomain(
  { isCreated, isStarted }: Pick<ContainerState, 'isCreated' | 'isStarted'>,
  domain: DomainStatus['state'],
): ContainerStatus {
  if (domain === 'ended' || domain === 'dying') return 'stopped';
  if (domain === 'running') return 'running';
  if (isStarted) return 'paused';
  return isCreated ? 'created' : 'creating';
}
