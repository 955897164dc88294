import {setTimeout} from 'node:timers/promises'
import {expect, test} from 'vitest'
import {openOnnx} from '../engine/onnx.ts'
import type {Engine} from '../engine/program.ts'
import {measureGemm} from './measure-gemm.ts'

test('the rate of matrix products is measured on the default engine', async () => {
  expect(await measureGemm(openOnnx())).toBeGreaterThan(1e8)
})

test('a slow device is measured with few rows alone', async () => {
  const rows: number[] = []
  const slow: Engine = {
    name: 'js',
    precision: 'f32',
    device: 'cpu',
    threads: 1,
    async compile(_, {inputs}) {
      rows.push(Number(inputs.x.shape[0]))
      return {run: () => setTimeout(50, {}), dispose: async () => {}}
    },
  }
  expect(await measureGemm(slow)).toBeLessThan((4 * 64 * 768 * 3072) / 0.045)
  expect(rows).toEqual([64])
})
