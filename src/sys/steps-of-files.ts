/** node:fs/promises, with every call that changes a file as a step that crash points count (crash-point.ts). */
import plain from 'node:fs/promises';
import { countsSteps, step } from './crash-point.js';

const changing = ['appendFile', 'chmod', 'copyFile', 'mkdir', 'mkdtemp', 'rename', 'rm', 'symlink', 'utimes'] as const;

type Call = (...args: unknown[]) => Promise<unknown>;

function counted(name: string, call: Call): Call {
  return async (...args) => {
    const own = step(`${name} ${args.filter((arg) => typeof arg === 'string').join(' ')}`);
    const result = await call(...args);
    own.after();
    return result;
  };
}

function countedFiles(): typeof plain {
  const calls: Record<string, unknown> = { ...plain };
  for (const name of changing) calls[name] = counted(name, plain[name] as Call);
  const open = plain.open as Call;
  calls.open = (...args: unknown[]) =>
    (args[1] === 'r' || args[1] === undefined ? open : counted('open', open))(...args);
  return calls as unknown as typeof plain;
}

export const fs = countsSteps ? countedFiles() : plain;
