/** A volume's way to dom0 and back: all of it, and then what the domain changed in it (volume-merge.ts). */
import { join } from 'node:path';
import type { VolumeSetting } from '../../config/model.js';
import { sha256 } from '../../sys/digest.js';
import { withLock } from '../../sys/lock.js';
import { runDirectory } from '../../sys/run-directory.js';
import { placeOfCopy, type Transfer } from '../script/transfer.js';
import type { VolumeDevice } from '../spec/volume.js';
import { checkFolder, dropUnfinished, mergeBack, realFolder, type Survey, surveyFolder } from './volume-merge.js';

/** `uuid` is the domain's, undefined where dom0 has the folder itself; `index` the volume's place in the list. */
export function volumeTransfer(
  volume: VolumeSetting,
  uuid: string | undefined,
  index: number,
): Transfer & { device: VolumeDevice } {
  const { source, target, readonly } = volume;
  const copy = uuid === undefined ? undefined : placeOfCopy(uuid, `volume-${index}`);
  let before: Survey = new Map();
  return {
    ...{ source, target, readonly, copy },
    device: { target, readonly, path: copy ?? source },
    async check() {
      await (copy === undefined ? realFolder(source) : checkFolder(source));
    },
    async hand(send) {
      if (!readonly) {
        before = await surveyFolder(source);
        await dropUnfinished(source, before);
      }
      await send(source, 'send');
    },
    async takeBack(folder) {
      // Two domains of the same folder may end at the same time.
      const name = sha256(await realFolder(source)).slice(0, 16);
      return withLock(join(runDirectory(), `volume-${name}.lock`), () => mergeBack(folder, source, before));
    },
  };
}
