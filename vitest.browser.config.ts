import {defineConfig} from 'vitest/config'

/** What needs a browser, and so is no part of `npm test`. */
export default defineConfig({
  test: {
    include: ['test/*.browser.ts'],
    reporters: ['default', './test/support/reporter.ts'],
    globalSetup: './test/support/temporary-folder.ts',
    fileParallelism: false, // one browser at a time
    testTimeout: 300_000,
    hookTimeout: 120_000,
    expect: {poll: {timeout: 60_000}}, // however busy the machine is
  },
})
