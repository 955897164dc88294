import {aligned} from '../text/aligned.ts'
import {inline} from '../text/printable.ts'
import type {Preview} from './preview.ts'
import type {Decision} from './profile.ts'
import type {Recipe} from './schema.ts'

/** A preview for a terminal: a line a module, then the sums. */
export function previewText(found: Preview, recipe: Recipe): string {
  const {modules, whole, params, modelParams, memory, decisions} = found
  const rows = [
    ...modules.map(({path, weight, params}) => [path, weight.join(' × '), count(params)]),
    ...whole.map(({name, shape}) => [name, shape.join(' × '), count(shape.reduce((n, d) => n * d, 1))]),
  ]
  const {frozenBytes, trainableBytes, workingBytes} = memory
  return [
    ...aligned(rows, ['left', 'right', 'right']),
    `${recipe.name}: ${recipe.adapter.method}, ${count(params)} trainable of ${count(modelParams)} (${((100 * params) / modelParams).toFixed(3)} %)`,
    ...decisionLines(decisions),
    `memory: ${megabytes(frozenBytes)} frozen, mapped; ${megabytes(trainableBytes)} θ, gradient and moments; up to ${megabytes(workingBytes)} for a micro-batch`,
  ].join('\n')
}

/** A line for each who decided: `by profile official-code: gate true, init kaiming`. */
export function decisionLines(decisions: readonly Decision[]): string[] {
  const origins = [...new Set(decisions.map(({origin}) => origin))]
  return origins.map(origin => {
    const own = decisions.filter(decision => decision.origin === origin)
    const words = own.map(({key, value}) => `${key.slice(key.indexOf('.') + 1)} ${inline(String(value), 60)}`)
    return `by ${origin === 'recipe' ? 'the recipe' : `profile ${origin}`}: ${words.join(', ')}`
  })
}

const count = (n: number) => n.toLocaleString('en')
/** Bytes for people. */
export const megabytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(bytes < 2 ** 23 ? 1 : 0)} MB`
