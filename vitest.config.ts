/**
 * unit: pure code and real files, seconds. crash: commands that are killed at each of their steps, with a stand-in for xl.
 * e2e: the built CLI and real domains on a Xen host of the tests' own, one file after the other, since all share that host.
 * programs: those of them that look at what is built, and at what it finds inside its domain. One processor is enough for
 * them, so that they can run beside e2e on a host of their own (docs/hosts.md). long: more of e2e, which `npm test` has no
 * time for.
 */
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** In the order of their names, and not by chance. */
class ByName extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return [...files].sort((a, b) => (a.moduleId < b.moduleId ? -1 : 1));
  }
}

const programs = [
  ...['build', 'cfg-fuzz', 'cg', 'conformance', 'guest', 'network', 'outofcore', 'paging', 'ports', 'posix-report'],
  ...['templates', 'toolchain', 'trace', 'volume'],
].map((topic) => `test/e2e/${topic}.test.ts`);

/** An emulated host on a busy machine: a test that fails once and then passes is told as such in the report. */
const onHost = {
  globalSetup: ['test/e2e/setup.ts'],
  fileParallelism: false,
  testTimeout: 180_000,
  hookTimeout: 180_000,
  retry: 1,
};

export default defineConfig({
  test: {
    sequence: { sequencer: ByName },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          exclude: ['test/unit/crash/**'],
          // Many wait for programs that they started.
          maxWorkers: 3,
          testTimeout: 20_000,
        },
      },
      { test: { name: 'crash', include: ['test/unit/crash/**/*.test.ts'], testTimeout: 600_000 } },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          exclude: programs,
          ...onHost,
        },
      },
      { test: { name: 'programs', include: programs, env: { LWD_HOST_CPUS: '1' }, ...onHost } },
      {
        test: {
          name: 'long',
          include: ['test/e2e/**/*.long.ts'],
          globalSetup: ['test/e2e/setup.ts'],
          fileParallelism: false,
          testTimeout: 1_800_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
