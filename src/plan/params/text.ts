import {alignColumns} from '../../terminal/align-columns.ts'
import {decisionLines} from './decision-lines.ts'
import type {ParameterCount} from './params.ts'

/** Counts for a terminal: a line a group, then the sum. */
export function paramsText({
  recipe,
  method,
  decisions,
  groups,
  params,
  counted,
  modelParams,
  paper,
}: ParameterCount): string {
  const rows = groups.map(({path, shape, count, params}) => [path, `${count} of`, shape.join(' × '), comma(params)])
  return [
    ...alignColumns(rows, ['left', 'right', 'right', 'right']),
    `${recipe}: ${method}, ${comma(params)} trainable of ${comma(modelParams)} (${((100 * params) / modelParams).toFixed(3)} %)`,
    ...(counted < params ? [`without the head, as the paper counts: ${comma(counted)}`] : []),
    ...decisionLines(decisions),
    ...(paper
      ? [
          `the paper prints ${paper.printed} (${paper.cell}): ${paper.printing ?? 'not this count; svft audit tells how it may come about'}`,
        ]
      : []),
  ].join('\n')
}

const comma = (n: number) => n.toLocaleString('en')
