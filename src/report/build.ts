/** What `lwd build` has to say. */
import { relative } from 'node:path';
import type { BuildResult } from '../toolchain/build.js';
import type { Report } from './output.js';
import { shortfallText } from './posix.js';
import { bytesText } from './text.js';

export function buildReport(result: BuildResult): Report {
  const { manifest } = result;
  return {
    toJson: () => ({
      name: manifest.name,
      folder: result.folder,
      manifest: result.manifestPath,
      changed: result.changed,
      compiled: result.compiled,
      image: manifest,
      ...(result.shortfalls === undefined ? {} : { posix: result.shortfalls }),
    }),
    toText: () => {
      const image = relative(process.cwd(), `${result.folder}/${manifest.kernel.path}`);
      const root = manifest.ramdisk ? `, root ${bytesText(manifest.ramdisk.bytes)}` : '';
      const size = `${bytesText(manifest.kernel.bytes)}${root}`;
      const built = `${manifest.name}: ${result.changed ? 'built' : 'up to date,'} ${image} (${size})`;
      return result.shortfalls === undefined ? built : `${built}\n\n${shortfallText(result.shortfalls)}`;
    },
  };
}
