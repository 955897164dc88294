import {formatCount} from '../../base/pluralize.ts'
import {alignColumns} from '../../terminal/align-columns.ts'
import {decisionLines} from './decision-lines.ts'
import type {ParameterCount} from './params.ts'

/** Counts for a terminal: a line for each group, then the total. */
export function paramsText(count: ParameterCount): string {
  const {recipe, method, decisions, groups, params, counted, modelParams, paper} = count
  const rows = groups.map(({path, shape, count, params}) => [
    path,
    `${count} of`,
    shape.join(' × '),
    formatCount(params),
  ])
  const share = ((100 * params) / modelParams).toFixed(3)
  const lines = [
    ...alignColumns(rows, ['left', 'right', 'right', 'right']),
    `${recipe}: ${method}, ${formatCount(params)} trainable of ${formatCount(modelParams)} (${share} %)`,
  ]
  if (counted < params) lines.push(`without the head, as the paper counts: ${formatCount(counted)}`)
  lines.push(...decisionLines(decisions))
  if (paper) {
    const match = paper.printing ?? 'not this count; svft audit shows where it may come from'
    lines.push(`the paper prints ${paper.printed} (${paper.cell}): ${match}`)
  }
  return lines.join('\n')
}
