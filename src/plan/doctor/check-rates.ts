import type {Diagnosis} from './check.ts'
import {improveRates} from './machine-rates.ts'
import {measureRates, SIDE} from './measure.ts'

/** Whether the CPU computes, and how fast it multiplies matrices and reads memory: what bounds training and generation. */
export async function rates(): Promise<Diagnosis[]> {
  const measured = await measureRates()
  await improveRates(measured) // for svft plan
  const {flopsPerSecond, bytesPerSecond} = measured
  return [
    {name: 'onnxruntime cpu', needed: true, status: 'ok', says: 'works'},
    {
      name: 'matrix product',
      status: 'ok',
      says: `${(flopsPerSecond / 1e9).toFixed(0)} GFLOP/s in float32, ${SIDE}³`,
      found: {flopsPerSecond},
    },
    {
      name: 'memory bandwidth',
      status: 'ok',
      says: `${(bytesPerSecond / 1e9).toFixed(1)} GB/s`,
      found: {bytesPerSecond},
    },
  ]
}
