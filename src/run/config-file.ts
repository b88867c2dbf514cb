/** The xl.cfg that lies beside an image: `xl create` of it runs the program without lwd. */
import { join } from 'node:path';
import type { Project } from '../config/model.js';
import { UserError } from '../errors.js';
import { remove, writeIfChanged } from '../sys/fs.js';
import type { Image } from '../xl/spec/image.js';
import { standaloneConfig, wishFor } from '../xl/spec/wish.js';

/** Writes `<name>.cfg` into the build's folder. What one xl.cfg alone cannot express leaves no file, rather than a wrong one. */
export async function writeConfigFile(folder: string, project: Project, image: Image): Promise<void> {
  const path = join(folder, `${project.name}.cfg`);
  const files = { kernel: image.kernel.path, ramdisk: image.ramdisk?.path };
  let text: string;
  if (project.domains.length > 0) return remove(path);
  try {
    text = standaloneConfig(wishFor(image, project, {}, undefined), files);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    await remove(path);
    return;
  }
  await writeIfChanged(path, text);
}
