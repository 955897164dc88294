import {formatCount} from '../../base/pluralize.ts'
import {escapeLine} from '../../base/printable.ts'
import {differingRowText} from '../../paper/differing-rows.ts'
import {PAPER_VERSIONS, paperRow} from '../../paper/versions.ts'
import type {Decision} from '../../recipes/file/profile.ts'
import {alignColumns} from '../../terminal/align-columns.ts'
import type {ParameterCount} from './params.ts'

/** Counts for a terminal: a line for each group, then the total. */
export function paramsText(count: ParameterCount): string {
  const {recipe, method, decisions, groups, params, counted, modelParams, paper, differingRows, notIn} = count
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
    const subject = paperRow(paper.cell)?.version === 'neurips2024' ? PAPER_VERSIONS.neurips2024.title : 'the paper'
    lines.push(`${subject} prints ${paper.printed} (${paper.cell}): ${match}`)
  }
  lines.push(...differingRows.map(differingRowText))
  if (notIn) lines.push(`${PAPER_VERSIONS[notIn].title} does not print this row`)
  return lines.join('\n')
}

/** One line for each origin of settings: `by profile official-code: gate true, init kaiming`. */
function decisionLines(decisions: readonly Decision[]): string[] {
  const origins = [...new Set(decisions.map(({origin}) => origin))]
  return origins.map(origin => {
    const own = decisions.filter(decision => decision.origin === origin)
    const words = own.map(({key, value}) => `${key.slice(key.indexOf('.') + 1)} ${escapeLine(String(value), 60)}`)
    return `by ${origin === 'recipe' ? 'the recipe' : `profile ${origin}`}: ${words.join(', ')}`
  })
}
