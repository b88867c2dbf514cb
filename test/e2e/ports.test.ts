/** Real programs that are small, as `npm run ports` runs them: their own tests in domains, and the same bytes as on Linux. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { root } from './lwd.js';

interface PortResult {
  name: string;
  results: { test: string; verdict: 'passed' | 'failed' | 'impossible'; cause?: string }[];
}

/** Milliseconds: a compilation for the domain and one for Linux, and two domains. */
const timeout = 300_000;

async function runPort(name: string): Promise<PortResult> {
  const child = spawn(process.execPath, [join(root, 'scripts/ports.js'), '--json', name], {
    env: { ...process.env, XDG_RUNTIME_DIR: inject('runtimeDirectory'), LWD_HOST: 'embedded' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let stdout = '';
  for await (const chunk of child.stdout) stdout += chunk;
  const [port] = JSON.parse(stdout).ports;
  return port;
}

test.each([
  ['zlib', 5],
  ['lua', 15],
] as const)(
  '%s',
  async (name, least) => {
    const { results } = await runPort(name);
    expect(results.filter(({ verdict }) => verdict === 'failed')).toEqual([]);
    expect(results.filter(({ verdict }) => verdict === 'passed').length).toBeGreaterThanOrEqual(least);
  },
  timeout,
);
