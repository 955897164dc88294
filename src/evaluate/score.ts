import type {METRICS} from './metrics.ts'

/** A split's score over n items: 0 to 1, or −1 to 1 for a correlation. */
export interface Score {
  readonly score: number
  readonly n: number
  readonly metric: keyof typeof METRICS
}
