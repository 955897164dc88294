import {pluralize} from '../../base/pluralize.ts'
import {escapeLine} from '../../base/printable.ts'
import type {FirstExample} from './first-example.ts'

/** The first training example for a terminal: its text, with the lines marked whose tokens count for the loss. */
export function firstExampleText({where, parts, tokens, counted, label, warnings}: FirstExample): string {
  const lines = parts.flatMap(({text, counts}) =>
    text
      .replace(/\n$/, '')
      .split('\n')
      .map(line => `${counts ? '> ' : '  '}${escapeLine(line)}`.trimEnd()),
  )
  const named =
    label && (label.name === undefined || label.name === String(label.value) ? '' : ` (${escapeLine(label.name, 80)})`)
  return [
    `first training example: ${escapeLine(where)}`,
    ...lines,
    ...(label ? [`label ${label.value}${named}`] : []),
    ...(tokens === 0
      ? []
      : [
          `${pluralize(tokens, 'token')}${counted === undefined ? '' : `, of which ${counted} count for the loss (the lines with >)`}`,
        ]),
    ...warnings.map(text => `truncated: ${escapeLine(text, 300)}`),
  ].join('\n')
}
