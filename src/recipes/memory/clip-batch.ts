import type {Recipe} from '../file/schema.ts'

/**
 * A recipe whose batch and micro-batch hold no more examples than there are, as training has them. It is for counting
 * alone: a run is known by what its recipe says.
 */
export function clipBatch(recipe: Recipe, examples = Number.POSITIVE_INFINITY): Recipe {
  const {train} = recipe
  if (!train) return recipe
  const least = (rows: number) => Math.max(1, Math.min(rows, examples))
  return {...recipe, train: {...train, batch: least(train.batch), microBatch: least(train.microBatch)}}
}
