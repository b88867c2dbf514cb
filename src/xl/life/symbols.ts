/** From addresses to functions and source lines, by llvm-symbolizer on the unstripped ELF. */
import { exec } from '../../sys/exec.js';
import { exists } from '../../sys/fs.js';

export interface Place {
  address: bigint;
  /** undefined where the symbolizer does not know. Calls inlined there come first, as separate places. */
  function: string | undefined;
  file: string | undefined;
  line: number | undefined;
}

const programs = ['llvm-symbolizer-19', 'llvm-symbolizer'] as const;

/**
 * The places of a backtrace, innermost first. Return addresses are looked up one byte earlier, which lies in the call;
 * the first address is taken as it is if `exact`. Without symbols or symbolizer: bare addresses, and `why` says so.
 */
export async function symbolize(
  addresses: readonly bigint[],
  options: { symbols: string | undefined; exact: boolean },
): Promise<{ places: Place[]; why: string | undefined }> {
  const bare = addresses.map((address) => ({ address, function: undefined, file: undefined, line: undefined }));
  const { symbols } = options;
  if (addresses.length === 0) return { places: [], why: undefined };
  if (symbols === undefined) return { places: bare, why: 'no unstripped ELF is known for this image' };
  if (!exists(symbols)) return { places: bare, why: `${symbols} is not there (any more)` };
  const lookups = addresses.map((address, index) => (options.exact && index === 0 ? address : address - 1n));
  const input = lookups.map((address) => `0x${address.toString(16)}\n`).join('');
  for (const program of programs) {
    const result = await exec([program, `--obj=${symbols}`, '--output-style=JSON', '--inlines', '--demangle'], {
      input,
      timeout: 20_000,
    });
    if (result.startError !== undefined) continue;
    if (result.exitCode !== 0) return { places: bare, why: `${program} failed` };
    return { places: parseSymbolizer(result.stdout, addresses), why: undefined };
  }
  return { places: bare, why: 'llvm-symbolizer is not installed (package llvm-19)' };
}

/** The linker puts nothing below this. */
const lowestCode = 0x1_0000n;

interface SymbolizerFrame {
  FunctionName?: string;
  FileName?: string;
  Line?: number;
}

/** One JSON value a line, one line an address, in the order of the questions. */
function parseSymbolizer(output: string, addresses: readonly bigint[]): Place[] {
  const lines = output.split('\n').filter((line) => line.startsWith('{'));
  return addresses.flatMap((address, index) => {
    // Functions that the linker left out have their debug information at 0.
    const frames = address < lowestCode ? [] : framesOf(lines[index]);
    if (frames.length === 0) return [{ address, function: undefined, file: undefined, line: undefined }];
    return frames.map((frame) => ({
      address,
      // What the kernel calls its own has a prefix in the image (docs/decisions/0015): nobody wrote it.
      function: frame.FunctionName?.replace(/^__private_/, '') || undefined,
      file: frame.FileName || undefined,
      line: frame.Line || undefined,
    }));
  });
}

function framesOf(line: string | undefined): SymbolizerFrame[] {
  try {
    const value = JSON.parse(line ?? '') as { Symbol?: SymbolizerFrame[] };
    return Array.isArray(value.Symbol) ? value.Symbol : [];
  } catch {
    return [];
  }
}
