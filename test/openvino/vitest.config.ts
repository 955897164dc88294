import {defineConfig} from 'vitest/config'

/** `npm run test:openvino`: needs OpenVINO and a processor with bfloat16 instructions. */
export default defineConfig({
  test: {
    include: ['test/openvino/*.test.ts'],
    globalSetup: ['test/support/temporary-folder.ts', 'test/openvino/require-openvino.ts'],
    setupFiles: 'test/support/setup.ts',
    reporters: ['default', './test/support/reporter.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    cache: false,
  },
})
