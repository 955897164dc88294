import {expect, test} from 'vitest'
import {spawnSvft, svft} from '../../test/support/workplace.ts'

test('svft schema prints JSON Schema, in the envelope with --json', async () => {
  const [plain, json] = await Promise.all([svft('.', ['schema']), svft('.', ['schema', '--json'])])
  const schema = JSON.parse(plain.stdout)
  expect(schema).toMatchObject({$schema: 'http://json-schema.org/draft-07/schema#', type: 'object'})
  expect(Object.keys(schema.properties)).toEqual([
    'extends',
    'name',
    'profile',
    'task',
    'model',
    'data',
    'adapter',
    'train',
    'evaluate',
    'seed',
    'engine',
    'precision',
    'device',
    'threads',
    'track',
    'paper',
    'search',
  ])
  expect(JSON.parse(json.stdout)).toEqual({status: 0, result: schema, warnings: []})
})

test('a pipe that is closed early is not an error', async () => {
  const run = spawnSvft('.', ['schema'])
  run.stdout?.once('data', () => run.stdout?.destroy())
  expect(await run).toMatchObject({exitCode: 0, stderr: ''})
})
