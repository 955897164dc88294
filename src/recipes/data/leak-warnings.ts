import {isSameFile} from '../../base/paths.ts'
import {templateColumns} from '../../tasks/custom/template.ts'
import {isCustomTask} from '../../tasks/index.ts'
import type {Recipe} from '../file/schema.ts'
import {partOf, scoredSplits, splitFile, splitKeys} from '../file/splits.ts'

/** Warns if a recipe is scored on the examples that it trains on, or if what its model reads contains the answer. */
export const leakWarnings = (recipe: Recipe): readonly string[] => [...sharedFiles(recipe), ...visibleAnswers(recipe)]

function sharedFiles(recipe: Recipe): readonly string[] {
  const {data, task} = recipe
  const advice = isCustomTask(task) ? 'give another file, or cut one off with data.split' : 'give another file'
  return scoredSplits(recipe)
    .filter(split => isTrainedOn(recipe, split))
    .map(split => {
      const key = splitKeys(data, split).join('.')
      return `data.train and ${key} are the same file, so ${split} is scored on the examples that were trained on; ${advice}`
    })
}

/** Whether a split is the very file that a recipe trains on. */
export function isTrainedOn(recipe: Recipe, split: string): boolean {
  const {train, data} = recipe
  return (
    train !== undefined &&
    isSameFile(splitFile(recipe, split), data.train) &&
    partOf(recipe, split) === undefined &&
    splitKeys(data, split).join() !== 'data,train' // validation that is drawn from train
  )
}

function visibleAnswers({task, data: {columns = {}, template}}: Recipe): readonly string[] {
  if (task === 'instruct' && template !== undefined) {
    const {target = 'output'} = columns
    const isVisible = templateColumns(template).includes(target)
    return isVisible
      ? [`data.template contains {${target}}, the column of the target: the prompt gives the answer`]
      : []
  }
  if (task !== 'text-classification' && task !== 'instruct') return []
  const [answer, roles] = task === 'instruct' ? ['target', ['prompt']] : ['label', ['text', 'pair']]
  const named: Readonly<Record<string, string>> = {prompt: 'prompt', text: 'text', [answer]: answer, ...columns}
  return roles
    .filter(role => named[role] === named[answer])
    .map(
      role => `data.columns: ${role} and ${answer} are the same column, ${named[answer]}: the model reads the answer`,
    )
}
