/**
 * What goes over a broker's socket: frames of four bytes with the length of what follows (big-endian), a byte that says of
 * which kind it is, and its content. Whoever is on the other side is not trusted. Pure.
 */
export const frameKinds = {
  /** JSON, the first frame from the caller, and the only one of its kind. */
  request: 1,
  /** Bytes: of a file from the caller, of a program's stdout or that of a domain's process from the broker. */
  data: 2,
  /** Bytes of a program's stderr. */
  errors: 3,
  /** JSON: what happened, from the broker; an answer to it, from the caller. */
  event: 4,
  /** JSON, the last frame from the broker. */
  result: 5,
  /** No more bytes from the caller. */
  end: 6,
  /** Bytes of a domain's console. */
  console: 7,
  /** Bytes of the stderr of a domain's process. */
  stderr: 8,
  /** Bytes of the stream of a domain's process, either way. */
  stream: 9,
} as const;

export type FrameKind = keyof typeof frameKinds;

/** Bytes of a frame's content. */
export const longestFrame = 128 * 1024;

const header = 5;
const kinds = new Map<number, FrameKind>(Object.entries(frameKinds).map(([name, code]) => [code, name as FrameKind]));

/** The other side does not keep to the protocol. */
export class FrameError extends Error {}

export function encodeFrame(kind: FrameKind, content: Uint8Array): Uint8Array {
  if (content.length > longestFrame) throw new FrameError(`a frame of ${content.length} bytes`);
  const frame = Buffer.alloc(header + content.length);
  frame.writeUInt32BE(content.length + 1, 0);
  frame[4] = frameKinds[kind];
  frame.set(content, header);
  return frame;
}

export function encodeJson(kind: FrameKind, value: unknown): Uint8Array {
  return encodeFrame(kind, Buffer.from(JSON.stringify(value)));
}

/** Bytes of any number as frames. */
export function* dataFrames(kind: FrameKind, bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += longestFrame)
    yield encodeFrame(kind, bytes.subarray(at, at + longestFrame));
}

/** Throws FrameError. */
export function decodeJson(content: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(content));
  } catch {
    throw new FrameError('a frame that is no JSON');
  }
}

/** Takes bytes as they come, in pieces of any size. Keeps no more than one frame. */
export class FrameReader {
  #held: Uint8Array = new Uint8Array();
  readonly #take: (kind: FrameKind, content: Uint8Array) => void;

  constructor(take: (kind: FrameKind, content: Uint8Array) => void) {
    this.#take = take;
  }

  /** Throws FrameError; nothing that comes after it means anything. */
  push(chunk: Uint8Array): void {
    let bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    while (bytes.length >= header) {
      const view = new DataView(bytes.buffer, bytes.byteOffset, header);
      const length = view.getUint32(0);
      const kind = kinds.get(view.getUint8(4));
      if (length < 1 || length > longestFrame + 1) throw new FrameError(`a frame of ${length} bytes`);
      if (kind === undefined) throw new FrameError(`a frame of kind ${view.getUint8(4)}`);
      if (bytes.length < length + 4) break;
      const content = Uint8Array.from(bytes.subarray(header, length + 4));
      bytes = bytes.subarray(length + 4);
      this.#take(kind, content);
    }
    this.#held = Uint8Array.from(bytes);
  }
}
