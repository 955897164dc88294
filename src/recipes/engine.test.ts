import {expect, test} from 'vitest'
import {openWorkplace, svft, writeRecipe} from '../../test/support/workplace.ts'
import {engineEnvironment, openEngine} from './engine.ts'

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
  expect(ran.stderr).toMatch(/^engine openvino: (this processor|OpenVINO is not installed)/m)
  expect(ran.stderr).not.toContain('plan:')
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
