import {existsSync, readFileSync} from 'node:fs'
import type {Recipe} from '../schema.ts'
import {knownSize} from './sizes.ts'
import type {Counts} from './time.ts'

/** How many examples a recipe trains on and scores, by what is known of its sources or, of files of lines, by counting. */
export function countsOf({data, train, evaluate}: Recipe, classes: number | undefined): Counts {
  const {perClass, limit} = data
  const drawn = (perEach: number | undefined) => (perEach && classes ? perEach * classes : undefined)
  const splits = [...new Set([...(train?.keep === 'best' && train.keepBy ? [train.keepBy] : []), ...evaluate.splits])]
  const score = splits.map(split => {
    if (split !== 'validation') return [split, least(examplesIn(data.test[split]), limit?.test)] as const
    return [
      split,
      drawn(perClass?.validation) ??
        least(data.validation === undefined ? undefined : examplesIn(data.validation), limit?.test),
    ] as const
  })
  return {
    train: train && (drawn(perClass?.train) ?? least(remaining(examplesIn(data.train), train.heldOut), limit?.train)),
    score: Object.fromEntries(score),
  }
}

const remaining = (count: number | undefined, heldOut: number) => (count === undefined ? undefined : count - heldOut)

const least = (count: number | undefined, limit: number | undefined) =>
  count === undefined ? undefined : Math.min(count, limit ?? count)

function examplesIn(source: string): number | undefined {
  const known = knownSize(source)?.examples
  if (known !== undefined || !/\.(jsonl|tsv)$/.test(source)) return known
  if (!existsSync(source)) return undefined
  return readFileSync(source, 'utf8').split('\n').filter(Boolean).length
}
