import {expect, test} from 'vitest'
import {engineEnvironment, openEngine} from './engine.ts'

test('each engine is opened by its name', async () => {
  expect(await openEngine({engine: 'onnx', threads: 2})).toMatchObject({name: 'onnx', device: 'cpu', threads: 2})
  expect(await openEngine({engine: 'onnx', device: 'webgpu'})).toMatchObject({name: 'onnx', device: 'webgpu'})
  expect(await openEngine({engine: 'js'})).toMatchObject({name: 'js', device: 'cpu', threads: 1})
})

test('more threads than make sense are refused', async () => {
  await expect(openEngine({engine: 'onnx', threads: 100_000})).rejects.toThrow(
    /^threads must be at most \d+ on this machine of \d+ cores: 100000$/,
  )
})

test('libraries are told what they read from the environment before they load', async () => {
  expect(await engineEnvironment({engine: 'onnx'})).toEqual({})
  expect(await engineEnvironment({engine: 'onnx', device: 'cuda'})).toEqual({NVIDIA_TF32_OVERRIDE: '0'})
  expect(await engineEnvironment({engine: 'tensorflow', threads: 3})).toMatchObject({TF_NUM_INTRAOP_THREADS: '3'})
})
