import {z} from 'zod'
import {atLeast} from '../../../base/number-schemas.ts'
import {notHashed} from '../../../base/run-identity.ts'
import {text} from '../../../base/text/text-schema.ts'

const range = z.strictObject(
  notHashed({
    from: z.number().describe('lowest value tried'),
    to: z.number().describe('highest value tried'),
    spacing: z.enum(['log', 'linear']).describe('how the values between them are spaced'),
  }),
)

/** The search that chose values of a recipe, as `svft tune` records it. */
export const searchSchema = z
  .strictObject(
    notHashed({
      strategy: z.enum(['grid', 'halving']).describe('every trial in full, or successive halving over training steps'),
      over: z.record(text, range).describe('the bounds of each tuned value, by its path'),
      trials: atLeast(2).describe('number of values, or combinations of values, that were tried'),
      failed: atLeast(0).describe('number of trials that failed'),
      seeds: z.array(atLeast(0)).min(1).describe('seeds of each trial'),
      split: z.literal('validation').describe('the split that the trials were scored on'),
      metric: text.describe('the metric that ranked them'),
      best: z.number().describe('mean score of the best trial over its seeds'),
      worst: z.number().describe('mean score of the worst trial that did not fail'),
      edges: z
        .record(text, z.enum(['lowest', 'highest']))
        .optional()
        .describe('the best values that are the lowest or the highest tried, where a better one may lie beyond'),
    }),
  )
  .describe('how svft tune chose the values of this file; a file that extends this one does not inherit it')

export type RecordedSearch = z.output<typeof searchSchema>

/** The part of a search that is known before its trials. */
export type SearchEffort = Omit<RecordedSearch, 'failed' | 'best' | 'worst' | 'edges'>
