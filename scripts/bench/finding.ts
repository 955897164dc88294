import {Fault} from '../../src/base/fault.ts'
import type {Unit} from './contender.ts'
import {best, type Outcome} from './rounds.ts'

export interface Finding {
  readonly subject: string
  readonly ratio: number
  /** The two values of the ratio, with their units. */
  readonly figures: string
  /** The largest share of the machine that other processes used during the counted units. */
  readonly foreign?: number | undefined
}

export interface Result {
  readonly findings: readonly Finding[]
  readonly outcomes: readonly Outcome[]
}

const MEASURES = {
  seconds: {name: 'time', which: 'least', digits: 3, unit: 's'},
  prefillSeconds: {name: 'time of the prompt', which: 'least', digits: 3, unit: 's'},
  tokensPerSecond: {name: 'tokens a second', which: 'most', digits: 1, unit: 'tokens/s'},
} as const

/** The ratio of the best units of two contenders. */
export function compare(a: Outcome, b: Outcome, measure: keyof typeof MEASURES): Finding {
  const {name, which, digits, unit} = MEASURES[measure]
  const units = [a, b].map(outcome => best(outcome, measure, which))
  const [x, y] = units.map(unit => Number(unit[measure]))
  return {
    subject: `${a.name} / ${b.name}: ${name}`,
    ratio: x / y,
    figures: `${x.toFixed(digits)} and ${y.toFixed(digits)} ${unit}`,
    foreign: foreign(...units),
  }
}

/** The ratio of two contenders' peak memories. */
export function compareMemory(a: Outcome, b: Outcome): Finding {
  const [x, y] = [peak(a), peak(b)]
  return {subject: `${a.name} / ${b.name}: peak memory`, ratio: x / y, figures: `${mega(x)} and ${mega(y)}`}
}

/** The FLOP/s of a training step relative to those of matrix products alone. */
export function compareFlops(step: Outcome, gemm: Outcome): Finding {
  const [unit, products] = [best(step), best(gemm, 'flopsPerSecond', 'most')]
  const [flops, rate] = [Number(step.about.flops), Number(products.flopsPerSecond)]
  return {
    subject: `${step.name} / ${gemm.name}: FLOPs a second`,
    ratio: flops / unit.seconds / rate,
    figures: `${giga(flops)} G in ${unit.seconds.toFixed(3)} s; ${giga(rate)} G/s at ${products.shape}`,
    foreign: foreign(unit, products),
  }
}

/** The ratio of two first losses. @throws Fault 'failed' if the two do not train the same model on the same batch */
export function compareLosses(a: Outcome, b: Outcome): Finding {
  const [[x], [y]] = [a, b].map(({about}) => about.losses as readonly number[])
  const figures = `${x.toFixed(4)} and ${y.toFixed(4)}`
  if (!(Math.abs(x / y - 1) < SAME_LOSS)) throw new Fault('failed', `${a.name}, ${b.name}: first losses ${figures}`)
  const [m, n] = [a, b].map(({about}) => about.trainable)
  if (m !== n) throw new Fault('failed', `${a.name}, ${b.name}: trainable parameters ${m} and ${n}`)
  return {subject: `${a.name} / ${b.name}: first loss`, ratio: x / y, figures}
}

/** The relative difference that bfloat16 leaves in the loss of random weights. */
const SAME_LOSS = 1e-2

/** Joins results that belong to one benchmark. */
export const joinResults = (results: readonly Result[]): Result => ({
  findings: results.flatMap(({findings}) => findings),
  outcomes: results.flatMap(({outcomes}) => outcomes),
})

/** Returns the peak memory since the end of the warm-up. */
export const peak = ({about}: Outcome) => Number(about.steadyPeakBytes)

/** Returns the largest share of the machine that other processes used during these units. */
export function foreign(...units: readonly Unit[]): number | undefined {
  const shares = units.flatMap(unit => unit.foreign ?? [])
  return shares.length ? Math.max(...shares) : undefined
}

export const mega = (bytes: number) => `${Math.round(bytes / 1e6)} MB`

export const giga = (number: number, digits = 0) => (number / 1e9).toFixed(digits)
