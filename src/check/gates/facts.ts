import type {Row} from '../../results/row.ts'

/** What a run's numbers depend on beside its recipe, model, data and seed; two runs of equal ones agree bit for bit. */
export interface Surroundings {
  readonly node: string
  readonly onnxruntime: string
  readonly platform: string
  readonly cpu: string
  readonly simd: string
  readonly lapack: string
  readonly engine: string
  readonly threads: number
}

/** What a run has left that can be compared bit for bit. */
export interface TrainedState {
  /** Of each step. */
  readonly losses: readonly number[]
  /** The sha256 of the losses, of the trained parameters, and of what stayed frozen beside them. */
  readonly lossHash: string
  readonly trainedHash: string
  readonly frozenHash: string
}

/** A finished run as `check` and `bless` see it. */
export interface RunFacts {
  readonly row: Row
  /** Where it stands, for people. */
  readonly folder: string
  /** Of the resolved recipe but for its seed. */
  readonly recipeHash: string
  /** Each seed draws its own data, so that the data of two seeds cannot be compared. */
  readonly drawsData: boolean
  readonly surroundings: Surroundings
  /** Undefined where its checkpoints are gone. */
  readonly trained?: TrainedState
  /** What looks edited or mixed up in its row. */
  readonly warnings: readonly string[]
}

/** How two surroundings differ: `threads 2, not 1`; undefined where they do not. */
export function difference(here: Surroundings, there: Surroundings): string | undefined {
  const [processor, other] = [processorOf(here), processorOf(there)]
  const elsewhere = processor !== other // then vector instructions differ as they will
  const keys = (Object.keys(here) as (keyof Surroundings)[]).filter(
    key => here[key] !== there[key] && !(elsewhere && (key === 'cpu' || key === 'simd')),
  )
  const words = [
    ...(elsewhere ? [`processor ${processor}, not ${other}`] : []),
    ...keys.map(key => `${key} ${here[key]}, not ${there[key]}`),
  ]
  return words.length === 0 ? undefined : words.join('; ')
}

/** What tells one design of processors from another. */
export const processorOf = ({cpu, simd}: Surroundings): string => `${cpu} (${simd.split(' ', 1)[0]})`
