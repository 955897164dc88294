import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {execa} from 'execa'
import {expect, test} from 'vitest'

const bin = join(fileURLToPath(new URL('../..', import.meta.url)), 'bin/run.js')
const env = {NODE_ENV: undefined} // with test, as vitest sets it, oclif compiles the sources anew

test('svft schema prints JSON Schema, in the envelope with --json', async () => {
  const [plain, json] = await Promise.all([
    execa(process.execPath, [bin, 'schema'], {env}),
    execa(process.execPath, [bin, 'schema', '--json'], {env}),
  ])
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
    'device',
    'threads',
    'paper',
  ])
  expect(JSON.parse(json.stdout)).toEqual({status: 0, result: schema, warnings: []})
})

test('a reader that closes the pipe early is no error', async () => {
  const run = execa(process.execPath, [bin, 'schema'], {reject: false, env})
  run.stdout.once('data', () => run.stdout.destroy())
  expect(await run).toMatchObject({exitCode: 0, stderr: ''})
})
