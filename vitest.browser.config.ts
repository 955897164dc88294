import {defineConfig} from 'vitest/config'

/** What needs a browser, and so is no part of `npm test`. */
export default defineConfig({
  test: {
    include: ['test/*.browser.ts'],
    reporters: ['default', './test/reporter.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
