import {renameSync} from 'node:fs'
import {expect, test} from 'vitest'
import {enterWorkplace, openWorkplace, svft, tinyRecipe, writeRecipe} from '../../test/support/workplace.ts'
import {engineEnvironment, openEngine} from './engine.ts'
import {openInputs} from './experiment.ts'
import {identify} from './identity.ts'
import {run} from './run.ts'
import {RECIPE_FILE, runFolder} from './run-folder.ts'

test('each engine is opened by its name', async () => {
  expect(await openEngine({engine: 'onnx', threads: 2})).toMatchObject({name: 'onnx', device: 'cpu', threads: 2})
  expect(await openEngine({engine: 'js'})).toMatchObject({name: 'js', device: 'cpu', threads: 1})
})

test.runIf(process.platform === 'linux')(
  'a device that is missing is refused before anything is computed',
  async () => {
    const folder = await openWorkplace()
    const recipe = writeRecipe(folder, {device: 'webgpu'})
    const env = {VK_ICD_FILENAMES: '/nowhere', VK_DRIVER_FILES: '/nowhere'}
    const {exitCode, stderr} = await svft(folder, ['run', recipe], {env})
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/^device webgpu: no GPU that onnxruntime can use: .*; or choose device: cpu$/m)
    expect(stderr).not.toContain('factors')
  },
)

test('an engine that is missing is refused before the run is planned', async () => {
  const folder = await openWorkplace()
  const recipe = writeRecipe(folder, {engine: 'openvino', precision: 'bf16'})
  const ran = await svft(folder, ['run', recipe], {env: {SVFT_OPENVINO: 'none'}})
  expect(ran).toMatchObject({exitCode: 1, stdout: ''})
  expect(ran.stderr).toMatch(/^engine openvino: (this processor|SVFT_OPENVINO=none|for linux x64 only)/m)
  expect(ran.stderr).not.toContain('plan:')
})

test('a finished run returns its row where its engine is missing', async () => {
  const folder = await enterWorkplace()
  const {folder: float32, row} = await run(await tinyRecipe(folder, {train: {steps: 1}}))
  const recipe = {...(await tinyRecipe(folder, {train: {steps: 1}})), engine: 'openvino', precision: 'bf16'} as const
  const {hash} = await identify(await openInputs(recipe))
  const own = runFolder(recipe, hash)
  renameSync(float32, own.path)
  await own.write(RECIPE_FILE, recipe)
  await own.write('row.json', {...row, hash: hash.slice(0, 12), engine: 'openvino'})
  const file = writeRecipe(folder, {train: {steps: 1}, engine: 'openvino', precision: 'bf16'})
  const ran = await svft(folder, ['run', file, '--json'], {env: {SVFT_OPENVINO: 'none'}})
  expect(JSON.parse(ran.stdout)).toMatchObject({status: 0, result: {row: {engine: 'openvino', scores: row.scores}}})
})

test('more threads than make sense are refused', async () => {
  await expect(openEngine({engine: 'onnx', threads: 100_000})).rejects.toThrow(
    /^threads must be at most \d+ on this machine of \d+ cores: 100000$/,
  )
})

test('the environment of libraries is set before they load', async () => {
  expect(await engineEnvironment({engine: 'onnx'})).toEqual({})
  expect(await engineEnvironment({engine: 'onnx', device: 'cuda'})).toEqual({NVIDIA_TF32_OVERRIDE: '0'})
  expect(await engineEnvironment({engine: 'tensorflow', threads: 3})).toMatchObject({TF_NUM_INTRAOP_THREADS: '3'})
})
