import {compact, compareText} from '../base/collections.ts'
import {pluralize} from '../base/pluralize.ts'
import type {Row} from '../results/row.ts'
import {mean} from '../statistics/mean-variance.ts'

/** The memory and time of an entry's training, as its rows record them. */
export interface MeasuredCost {
  /** The peak memory of the process, with training and evaluation, in MB; undefined if no row records it. */
  readonly peakMemoryMb?: CostOverSeeds
  /** The time of a training step, in ms; undefined if no row records it, as without training. */
  readonly stepMs?: CostOverSeeds
  /** The engines and precisions that computed it: `onnx float32`. */
  readonly engine: string
  /** The machines, as far as they are known, with engines and threads, sorted. */
  readonly machines: readonly string[]
}

/** A cost over the seeds that record it. */
export interface CostOverSeeds {
  readonly mean: number
  readonly min: number
  readonly max: number
}

/** A row with the processor and operating system of its run, if its folder records them. */
export interface MachineRow {
  readonly row: Row
  readonly machine?: string
}

export function measureCost(runs: readonly MachineRow[]): MeasuredCost {
  const rows = runs.map(({row}) => row)
  return {
    peakMemoryMb: overSeeds(rows.map(({peakMemoryMb}) => peakMemoryMb)),
    stepMs: overSeeds(rows.map(({stepMs}) => stepMs)),
    engine: distinctTexts(rows.map(engineOf)).join('; '),
    machines: distinctTexts(runs.map(machineOf)),
  }
}

function overSeeds(values: readonly (number | undefined)[]): CostOverSeeds | undefined {
  const known = compact(values)
  if (known.length === 0) return undefined
  return {mean: mean(known), min: Math.min(...known), max: Math.max(...known)}
}

const engineOf = ({engine, engineVersion, precision, device}: Row): string =>
  compact([engine, engineVersion, precision ?? 'float32', device]).join(' ')

/** Results files record the engine and its threads; folders of runs record the processor too. */
export function machineOf({machine, row: {engine, engineVersion, precision, device, threads}}: MachineRow): string {
  const computed = compact(['engine', engine, engineVersion, precision]).join(' ')
  return compact([machine, computed, device, pluralize(threads, 'thread')]).join(', ')
}

/** Each text once, sorted. */
export const distinctTexts = (texts: readonly string[]): string[] => [...new Set(texts)].sort(compareText)
