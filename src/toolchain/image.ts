/** Last stage: the read-only root as a cpio archive, and the manifest that says what the image is. */
import { join } from 'node:path';
import type { ImageManifest, PackedFile, Project } from '../config/model.js';
import { UserError } from '../errors.js';
import { sha256, sha256File } from '../sys/digest.js';
import { exists, readBytes, readJson, realPath, remove, status, writeAtomic, writeIfChanged } from '../sys/fs.js';
import { writeCpio } from './cpio.js';
import type { BuildOutputs } from './plan.js';
import type { Work } from './sources.js';
import type { Sysroot } from './sysroot.js';

/** A file is read at once; Node.js reads no more. The archive's own form would bear twice that. */
const maxFileBytes = 0x7fff_ffff;
const archiveName = 'root.cpio';
export const manifestName = 'manifest.json';

export interface FinishedImage {
  manifest: ImageManifest;
  changed: boolean;
}

/** What the last build left in this folder; undefined if there was none, or one by an lwd that wrote another form. */
export async function readManifest(folder: string): Promise<ImageManifest | undefined> {
  const manifest = (await readJson(join(folder, manifestName))) as ImageManifest | undefined;
  return manifest?.version === 1 ? manifest : undefined;
}

/**
 * Removes what is not what the last build made of it, so that this one makes it anew: by their times nobody would see that a
 * disk, or somebody, has changed it.
 */
export async function dropDamaged(folder: string): Promise<void> {
  const manifest = await readManifest(folder);
  for (const file of [manifest?.kernel, manifest?.ramdisk]) {
    if (file === undefined) continue;
    const path = join(folder, file.path);
    if (exists(path) && (await sha256File(path)) !== file.sha256) await remove(path);
  }
}

/** Packs the files if one of them changed, and writes the manifest. The image itself has been linked. */
export async function finishImage(
  project: Project,
  plan: BuildOutputs,
  sysroot: Sysroot,
  dataSources: ImageManifest['sources'],
  work: Work,
): Promise<FinishedImage> {
  const image = join(plan.folder, plan.image);
  const ramdisk = await packRoot(project.files, plan.folder, work);
  const manifest: ImageManifest = {
    version: 1,
    name: project.name,
    kernel: { path: plan.image, sha256: await sha256File(image), bytes: (await status(image))?.bytes ?? 0 },
    symbols: { path: plan.symbols },
    map: plan.map === undefined ? undefined : { path: plan.map },
    ramdisk,
    sysroot: { key: sysroot.key },
    compiler: sysroot.record.compiler,
    flags: plan.flags,
    sources: [...sysroot.record.sources, ...dataSources],
  };
  const changed = await writeIfChanged(join(plan.folder, manifestName), `${JSON.stringify(manifest, undefined, 2)}\n`);
  return { manifest, changed };
}

/** What the archive was made from, so that nothing is read again that is as it was. */
interface PackedState {
  inputs: string;
  sha256: string;
  bytes: number;
}

async function packRoot(files: readonly PackedFile[], folder: string, work: Work): Promise<ImageManifest['ramdisk']> {
  const path = join(folder, archiveName);
  const statePath = join(folder, `${archiveName}.state.json`);
  if (files.length === 0) {
    await remove(path);
    await remove(statePath);
    return undefined;
  }
  const inputs = await inputsOf(files);
  const before = (await readJson(statePath)) as PackedState | undefined;
  if (before?.inputs === inputs && exists(path)) {
    return { path: archiveName, sha256: before.sha256, bytes: before.bytes };
  }
  work.report(`packing ${files.length} file${files.length === 1 ? '' : 's'}`);
  const contents = [];
  for (const { source, target } of files) {
    const content = await readBytes(source);
    if (content === undefined) throw new UserError(`${source} is gone`);
    contents.push({ target, content });
  }
  const archive = writeCpio(contents);
  await writeAtomic(path, archive);
  const state: PackedState = { inputs, sha256: sha256(archive), bytes: archive.length };
  await writeAtomic(statePath, JSON.stringify(state));
  return { path: archiveName, sha256: state.sha256, bytes: state.bytes };
}

/** Changes when a file does: place, size and time of each. */
async function inputsOf(files: readonly PackedFile[]): Promise<string> {
  const parts = [];
  for (const { source, target } of files) {
    const found = await status((await realPath(source)) ?? source);
    if (found === undefined) throw new UserError(`${source} is gone`);
    if (found.bytes > maxFileBytes) {
      throw new UserError(`${source} has ${found.bytes} bytes: a file of the image's root has less than 2 GiB`, {
        next: ['what is large is better read from a folder of this machine (volumes: in lwd.yaml)'],
      });
    }
    parts.push([target, source, found.bytes, found.modified]);
  }
  return sha256(JSON.stringify(parts));
}
