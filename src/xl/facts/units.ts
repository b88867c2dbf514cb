/** Durations and sizes as they are written on the command line. Pure. */
import { UserError } from '../../errors.js';

const seconds: Record<string, number> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 };
/** Timers of Node hold 31 bits of milliseconds. */
const longestDays = 24;

/** "90", "90s", "1.5m", "2h", "1d" → milliseconds. Throws UserError. */
export function parseDuration(flag: string, text: string): number {
  const match = /^(\d{1,9}(?:\.\d{1,3})?)([smhd]?)$/.exec(text);
  const value = Number(match?.[1]) * (seconds[match?.[2] ?? ''] ?? 0) * 1000;
  if (match !== null && value > 0 && value <= longestDays * 86_400_000) return value;
  throw new UserError(`${flag}: "${text}" is no duration`, {
    exit: 'usage',
    next: [`write 90 (seconds), 90s, 1.5m, 2h or 1d; at most ${longestDays} days`],
  });
}

const sizes: Record<string, number> = { M: 2 ** 20, MIB: 2 ** 20, G: 2 ** 30, GIB: 2 ** 30, T: 2 ** 40, TIB: 2 ** 40 };

/** "64M", "2G" → bytes. Throws UserError. */
export function parseSize(flag: string, text: string): number {
  const match = /^([1-9]\d{0,6})(M|MiB|G|GiB|T|TiB)$/i.exec(text);
  const unit = sizes[(match?.[2] ?? '').toUpperCase()];
  if (match !== null && unit !== undefined) return Number(match[1]) * unit;
  throw new UserError(`${flag}: "${text}" is no size`, { exit: 'usage', next: ['write a unit: 64M, 1536M, 2G'] });
}
