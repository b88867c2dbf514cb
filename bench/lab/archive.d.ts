/** For the tests, which are TypeScript. */
export function initArchive(program: Uint8Array, files?: Record<string, Uint8Array>): Buffer;
