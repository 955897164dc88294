import {formatRate} from '../../terminal/rate.ts'
import {updateRates} from './cached-rates.ts'
import type {Diagnosis} from './diagnosis.ts'
import {measureRates, SIDE} from './measure-rates.ts'

/** Measures how fast the CPU multiplies matrices and reads memory, which bound training and generation. */
export async function checkRates(): Promise<Diagnosis[]> {
  const measured = await measureRates()
  await updateRates(measured) // for svft plan
  const {flopsPerSecond, bytesPerSecond} = measured
  return [
    {
      name: 'matrix product',
      status: 'ok',
      message: `${formatRate(flopsPerSecond)} in float32, ${SIDE}³`,
      found: {flopsPerSecond},
    },
    {
      name: 'memory bandwidth',
      status: 'ok',
      message: `${(bytesPerSecond / 1e9).toFixed(1)} GB/s`,
      found: {bytesPerSecond},
    },
  ]
}
