import {someAre} from '../../base/pluralize.ts'
import {isCustomTask} from '../../tasks/index.ts'
import type {Recipe} from '../file/schema.ts'
import {isTrainedOn} from './leak-warnings.ts'

/** What a model reads of each example: texts, or the hashes of images. */
interface Inputs {
  readonly train: readonly string[]
  readonly splits: Readonly<Record<string, readonly string[]>>
  /** What an input is; default: text. */
  readonly noun?: string
}

/** A prompt with its answer, as one string. */
export const joinedText = ({prompt, target}: {readonly prompt: string; readonly target?: string | undefined}): string =>
  JSON.stringify([prompt, target])

/**
 * Warns of each split some of whose inputs are among those to train on, for data of one's own. A split that is the training
 * file itself has another warning, which needs no data.
 */
export function sharedInputWarnings(recipe: Recipe, {train, splits, noun = 'text'}: Inputs): readonly string[] {
  if (!isCustomTask(recipe.task) && recipe.task !== 'images') return []
  const trained = new Set(train)
  return Object.entries(splits).flatMap(([split, inputs]) => {
    const shared = isTrainedOn(recipe, split) ? 0 : inputs.filter(input => trained.has(input)).length
    return shared === 0 ? [] : [`${split}: ${someAre(shared, inputs.length, noun)} also in the training data`]
  })
}
