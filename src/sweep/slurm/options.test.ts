import {expect, test} from 'vitest'
import {sbatchOptions} from './options.ts'

test('resources are translated into options of sbatch, and other text is refused', () => {
  expect(sbatchOptions(['partition=long', 'memory=16G', 'time=1-0', 'gres=gpu:1', 'constraint=a=b'])).toEqual([
    '--partition=long',
    '--mem=16G',
    '--time=1-0',
    '--gres=gpu:1',
    '--constraint=a=b',
  ])
  for (const text of ['export=ALL', 'partition', 'partition=', '=x', 'toString=1', '--wrap=x']) {
    expect(() => sbatchOptions([text]), text).toThrow(/--slurm takes key=value with one of partition, account, /)
  }
})
