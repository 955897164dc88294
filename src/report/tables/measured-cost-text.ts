import {formatCount} from '../../base/pluralize.ts'
import type {MeasuredCost} from '../measured-cost.ts'

/** The mean time of a step in ms, with two digits below 10: `8.4`, `1,815`; empty without one. */
export const stepText = ({stepMs}: MeasuredCost): string =>
  stepMs === undefined ? '' : stepMs.mean < 9.95 ? stepMs.mean.toPrecision(2) : formatCount(Math.round(stepMs.mean))

/** The mean peak memory in MB; empty without one. */
export const memoryText = ({peakMemoryMb}: MeasuredCost): string =>
  peakMemoryMb === undefined ? '' : formatCount(Math.round(peakMemoryMb.mean))

/** The mean peak memory in GB, with two decimals; empty without one. */
export const gigabytesText = ({peakMemoryMb}: MeasuredCost): string =>
  peakMemoryMb === undefined ? '' : (peakMemoryMb.mean / 1000).toFixed(2)
