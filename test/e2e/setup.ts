/**
 * Before the first e2e test: lwd is bundled, a Xen host of the tests' own runs, and the sysroot is there; guest programs
 * are built by `lwd up` itself. A host of our own (by its run directory) because tests count domains and take all of
 * them down.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { guestFolder, runLwd, runScript } from './lwd.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** XDG_RUNTIME_DIR for every lwd of the tests. */
    runtimeDirectory: string;
  }
}

const setupMilliseconds = 15 * 60 * 1000;

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const runtimeDirectory = mkdtempSync(join(tmpdir(), 'lwd-e2e-'));
  project.provide('runtimeDirectory', runtimeDirectory);
  const environment = { ...project.config.env, XDG_RUNTIME_DIR: runtimeDirectory };
  const stop = async () => {
    await runLwd(['host', 'down', '--host', 'embedded'], { env: environment, timeout: 60_000 });
    rmSync(runtimeDirectory, { recursive: true, force: true });
  };
  await runScript('scripts/build.js');
  try {
    // The host's image is mostly download and waiting, the sysroot is mostly compilation.
    await Promise.all([startHost(environment), buildOneGuest()]);
  } catch (error) {
    await stop();
    throw error;
  }
  return stop;
}

async function startHost(env: Record<string, string>): Promise<void> {
  const { status, stderr } = await runLwd(['host', 'up'], { env, timeout: setupMilliseconds });
  if (status !== 0) throw new Error(`lwd host up ended with ${status}: ${stderr}`);
}

async function buildOneGuest(): Promise<void> {
  const { status, stderr } = await runLwd(['build'], { cwd: guestFolder('status'), timeout: setupMilliseconds });
  if (status !== 0) throw new Error(`lwd build of test/guest/status ended with ${status}: ${stderr}`);
}
