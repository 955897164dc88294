import type {PaperModel} from '../../paper/rows.ts'

/** What one run of a model's rows takes, the least and the most over the tasks of the paper. */
export interface PlannedCost {
  readonly hours: readonly [least: number, most: number]
  /** Peak memory in GB, at most. */
  readonly memoryGb: number
  /** Weights and data in GB, at most. */
  readonly downloadGb: number
}

/** The rates that `PLANNED_COST` assumes: about two cores of a server with AVX-512. */
export const PLANNED_RATES = {flopsPerSecond: 200e9, bytesPerSecond: 20e9}

/**
 * The cost of training and evaluating once with LoRA of the largest rank on a CPU in float32, as `svft plan` estimates it;
 * written down because tracing all models takes seconds. A test plans it anew and allows 10 %.
 */
export const PLANNED_COST: Readonly<Record<PaperModel, PlannedCost>> = {
  'gemma-2b': {hours: [217, 650], memoryGb: 28, downloadGb: 5.1},
  'gemma-7b': {hours: [694, 2070], memoryGb: 77, downloadGb: 17.1},
  'llama-3-8b': {hours: [1770, 1770], memoryGb: 57, downloadGb: 16.1},
  'pythia-2.8b': {hours: [596, 596], memoryGb: 32, downloadGb: 5.6},
  'deberta-v3-base': {hours: [3.1, 248], memoryGb: 5.1, downloadGb: 0.79},
  'vit-b16': {hours: [1.2, 3], memoryGb: 4.3, downloadGb: 5.4},
  'vit-l16': {hours: [4, 10.5], memoryGb: 11.7, downloadGb: 6.3},
}
