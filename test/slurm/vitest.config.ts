import {defineConfig} from 'vitest/config'

/** `npm run test:slurm`: needs Debian's slurm-wlm. */
export default defineConfig({
  test: {
    include: ['test/slurm/*.test.ts'],
    reporters: ['default', './test/reporter.ts'],
    globalSetup: './test/temporary-folder.ts',
    testTimeout: 180_000,
    hookTimeout: 60_000,
    cache: false,
  },
})
