import type {METRICS} from './metrics.ts'

/** A split's score over n items: 0 to 1, or −1 to 1 for a correlation. */
export interface Score {
  readonly score: number
  readonly n: number
  readonly metric: keyof typeof METRICS | 'inverse-perplexity'
  /** The standard error over test sets of as many items, where the metric has no formula for it. */
  readonly se?: number | undefined
}
