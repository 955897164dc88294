import {expect, test} from 'vitest'
import {exampleRow} from '../../test/support/rows.ts'
import {measureCost} from './measured-cost.ts'

test('the cost of an entry is the mean of the rows that record it, with their range', () => {
  const rows = [exampleRow({peakMemoryMb: 300, stepMs: 8}), exampleRow({peakMemoryMb: 320}), exampleRow()]
  expect(measureCost(rows.map(row => ({row})))).toEqual({
    peakMemoryMb: {mean: 310, min: 300, max: 320},
    stepMs: {mean: 8, min: 8, max: 8},
    engine: 'onnx float32',
    machines: ['engine onnx, 2 threads'],
  })
})

test('a cost that no row records is undefined; several engines and machines are all named', () => {
  const bf16 = exampleRow({engine: 'openvino', engineVersion: '2026.4.1', precision: 'bf16'})
  expect(measureCost([{row: exampleRow(), machine: 'EPYC (linux x64)'}, {row: bf16}])).toEqual({
    peakMemoryMb: undefined,
    stepMs: undefined,
    engine: 'onnx float32; openvino 2026.4.1 bf16',
    machines: ['EPYC (linux x64), engine onnx, 2 threads', 'engine openvino 2026.4.1 bf16, 2 threads'],
  })
})
