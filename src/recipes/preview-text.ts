import type {Preview} from './preview.ts'
import type {Recipe} from './schema.ts'

/** A preview for a terminal: a line a module, then the sums. */
export function previewText({modules, whole, params, modelParams, memory}: Preview, recipe: Recipe): string {
  const rows = [
    ...modules.map(({path, weight, params}) => [path, weight.join(' × '), count(params)]),
    ...whole.map(({name, shape}) => [name, shape.join(' × '), count(shape.reduce((n, d) => n * d, 1))]),
  ]
  const widths = [0, 1, 2].map(i => Math.max(...rows.map(row => row[i].length), 0))
  const lines = rows.map(
    ([name, shape, n]) => `${name.padEnd(widths[0])}  ${shape.padStart(widths[1])}  ${n.padStart(widths[2])}`,
  )
  const {frozenBytes, trainableBytes, workingBytes} = memory
  return [
    ...lines,
    `${recipe.name}: ${recipe.adapter.method}, ${count(params)} trainable of ${count(modelParams)} (${((100 * params) / modelParams).toFixed(3)} %)`,
    `memory: ${megabytes(frozenBytes)} frozen, mapped; ${megabytes(trainableBytes)} θ, gradient and moments; up to ${megabytes(workingBytes)} for a micro-batch`,
  ].join('\n')
}

const count = (n: number) => n.toLocaleString('en')
/** Bytes for people. */
export const megabytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(bytes < 2 ** 23 ? 1 : 0)} MB`
