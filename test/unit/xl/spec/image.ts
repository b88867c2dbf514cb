/** An image, for tests of what becomes of one. */
import type { Image } from '../../../../src/xl/spec/image.js';

export const image: Image = {
  name: 'cg',
  kernel: { path: '/p/cg', sha256: 'ab' },
  ramdisk: undefined,
  symbols: undefined,
  facts: { types: ['pv'], guestOs: 'lwd', hasSymbols: false },
};
