/** Keeping shells (shell.ts) on a host: as many as are wanted, and none that nobody can use any more. */
import { jobWords } from '../../batch/job-name.js';
import type { Host } from '../../host/host.js';
import { wallSeconds } from '../../sys/clock.js';
import { orThrow } from '../../sys/exec.js';
import { newUuid, ownName, recordText } from '../facts/domain-record.js';
import type { ShellPlan } from '../observed/shell.js';
import { dropScript, fillScript } from '../script/shell-script.js';
import type { Prepared } from './prepare.js';

/**
 * Has dom0 make what is missing of `size` shells like the one that could have been this domain, and end what there are too many
 * of. Comes back when each that is made has its keeper, which may be before it is ready.
 */
export async function fillShells(
  host: Host,
  prepared: Prepared,
  { prefix, config }: ShellPlan,
  size: number,
): Promise<void> {
  const { image, logFile, spec, processChannel } = prepared;
  const node = recordText({
    image: image.kernel.sha256,
    symbols: image.symbols,
    owner: ownName(),
    log: logFile,
    started: Math.round(wallSeconds()),
    batch: spec.batch,
    shell: prefix,
  });
  const folder = logFile.slice(0, logFile.lastIndexOf('/'));
  const made = [config, node, processChannel, spec.kernel, jobWords(spec.batch)];
  const args = [prefix, String(size), folder, image.kernel.sha256, ...made];
  const uuids = Array.from({ length: size }, () => newUuid());
  const result = await host.script(fillScript, [...args, ...uuids], { timeout: 60_000, shielded: true });
  orThrow(result, 'keeping shells ready', host.name);
}

/** Ends those of these shells that nobody has claimed. */
export async function dropShells(host: Host, uuids: readonly string[]): Promise<void> {
  if (uuids.length === 0) return;
  const result = await host.script(dropScript, uuids, { timeout: 60_000, shielded: true });
  orThrow(result, 'ending shells', host.name);
}
