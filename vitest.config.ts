import {availableParallelism} from 'node:os'
import {defineConfig} from 'vitest/config'

/** In a process that has had a session of onnxruntime, denormals are 0. These files need them. */
const ALONE = ['src/base/half.test.ts']

export default defineConfig({
  test: {
    reporters: ['default', './test/support/reporter.ts'],
    testTimeout: 180_000,
    pool: 'forks',
    maxWorkers: Math.min(availableParallelism() + 1, 8), // each takes up to 1 GB
    setupFiles: './test/support/setup.ts',
    globalSetup: './test/support/temporary-folder.ts',
    projects: [
      {
        extends: true,
        test: {
          name: 'shared', // a few processes, each of which loads a module once
          include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'scripts/**/*.test.ts'],
          exclude: ['test/slurm/**', 'test/openvino/**', ...ALONE], // `npm run test:slurm`, `npm run test:openvino`
          isolate: false,
        },
      },
      {extends: true, test: {name: 'alone', include: ALONE}},
    ],
  },
})
