import {someAre} from '../../base/pluralize.ts'
import {isCustomTask} from '../../tasks/index.ts'
import type {Recipe} from '../file/schema.ts'
import {isTrainedOn} from './leak-warnings.ts'

interface InputTexts {
  readonly train: readonly string[]
  readonly splits: Readonly<Record<string, readonly string[]>>
}

/** A prompt with its answer, as one string. */
export const joinedText = ({prompt, target}: {readonly prompt: string; readonly target?: string | undefined}): string =>
  JSON.stringify([prompt, target])

/**
 * Warns of each split some of whose inputs are among those to train on, for data of one's own. A split that is the training
 * file itself has another warning, which needs no data.
 */
export function sharedTextWarnings(recipe: Recipe, {train, splits}: InputTexts): readonly string[] {
  if (!isCustomTask(recipe.task)) return []
  const trained = new Set(train)
  return Object.entries(splits).flatMap(([split, texts]) => {
    const shared = isTrainedOn(recipe, split) ? 0 : texts.filter(text => trained.has(text)).length
    return shared === 0 ? [] : [`${split}: ${someAre(shared, texts.length, 'text')} also in the training data`]
  })
}
