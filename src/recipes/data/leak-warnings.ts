import {templateColumns} from '../../tasks/custom/template.ts'
import {isCustomTask} from '../../tasks/index.ts'
import type {Recipe} from '../file/schema.ts'
import {scoredSplits, splitFile, splitKeys} from '../file/splits.ts'
import {partOf} from '../file/task-of.ts'

/** Warns if a recipe is scored on the examples that it trains on, or if what its model reads contains the answer. */
export const leakWarnings = (recipe: Recipe): readonly string[] => [...sharedFiles(recipe), ...visibleAnswers(recipe)]

function sharedFiles(recipe: Recipe): readonly string[] {
  const {train, data, task} = recipe
  if (!train) return []
  const isTrained = (split: string) =>
    splitFile(recipe, split) === data.train &&
    partOf(recipe, split) === undefined &&
    splitKeys(data, split).join() !== 'data,train' // validation that is drawn from train
  const advice = isCustomTask(task) ? 'give another file, or cut one off with data.split' : 'give another file'
  return scoredSplits(recipe)
    .filter(isTrained)
    .map(split => {
      const key = splitKeys(data, split).join('.')
      return `data.train and ${key} are the same file, so ${split} is scored on the examples that were trained on; ${advice}`
    })
}

function visibleAnswers({task, data: {columns = {}, template}}: Recipe): readonly string[] {
  if (task === 'instruct' && template !== undefined) {
    const {target = 'output'} = columns
    const isVisible = templateColumns(template).includes(target)
    return isVisible
      ? [`data.template contains {${target}}, the column of the target: the prompt gives the answer`]
      : []
  }
  const answer = task === 'text-classification' ? 'label' : 'target'
  const {[answer]: column = answer} = columns
  return ['text', 'pair', 'prompt']
    .filter(role => columns[role] === column)
    .map(
      role =>
        `data.columns.${role} and data.columns.${answer} are the same column, ${column}: the model reads the answer`,
    )
}
