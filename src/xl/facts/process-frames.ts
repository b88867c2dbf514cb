/**
 * What goes between lwd and dom0/process-channel, over one pipe each way: frames of a header (32 bits, little-endian: the kind
 * in the highest eight, the size in the others) and so many bytes. Pure but for the state of a half-read frame. The other side
 * is dom0/process-channel/frames.h.
 */

/** What comes. */
export const fromChannel = {
  ...{ stdout: 1, stderr: 2, console: 3, credit: 4, end: 5 },
  ...{ stream: 6, streamCredit: 7, streamEnds: 8 },
} as const;
/** What goes. */
export const toChannel = {
  ...{ input: 16, inputEnds: 17, signal: 18, words: 19 },
  ...{ streamInput: 20, streamInputEnds: 21, streamRoom: 22, streamGone: 23 },
} as const;

/** Signals that can be passed on, in the order in which the channel numbers them. */
export const passedSignals = ['SIGHUP', 'SIGINT', 'SIGTERM', 'SIGUSR1', 'SIGUSR2'] as const;
export type PassedSignal = (typeof passedSignals)[number];

/** The most bytes of a frame that goes. */
export const longestFrame = 32768;
/** The most of one that comes: more is no frame. */
const longestComing = 64 * 1024;
const headerSize = 4;

export interface Frame {
  kind: number;
  data: Buffer;
}

export function encodeFrame(kind: number, data: Uint8Array = Buffer.alloc(0)): Buffer {
  if (data.length > longestFrame) throw new Error(`a frame of ${data.length} bytes`);
  const header = Buffer.alloc(headerSize);
  header.writeUInt32LE(((kind << 24) | data.length) >>> 0);
  return Buffer.concat([header, data]);
}

export class FrameReader {
  #rest: Buffer = Buffer.alloc(0);

  /** The frames that are whole now. Throws if what comes are none. */
  push(chunk: Uint8Array): Frame[] {
    const bytes = this.#rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#rest, chunk]);
    const frames: Frame[] = [];
    let at = 0;
    while (bytes.length - at >= headerSize) {
      const header = bytes.readUInt32LE(at);
      const size = header & 0xffffff;
      if (size > longestComing) throw new Error(`no frame: ${size} bytes of kind ${header >>> 24}`);
      if (bytes.length - at - headerSize < size) break;
      frames.push({ kind: header >>> 24, data: bytes.subarray(at + headerSize, at + headerSize + size) });
      at += headerSize + size;
    }
    this.#rest = bytes.subarray(at);
    return frames;
  }
}
