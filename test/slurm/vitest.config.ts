import {defineConfig} from 'vitest/config'

/** `npm run test:slurm`: needs Debian's slurm-wlm. */
export default defineConfig({
  test: {
    include: ['test/slurm/*.test.ts'],
    reporters: ['default', './test/support/reporter.ts'],
    globalSetup: './test/support/temporary-folder.ts',
    testTimeout: 180_000,
    hookTimeout: 60_000,
    cache: false,
  },
})
