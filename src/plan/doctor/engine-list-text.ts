import {escapeLine} from '../../base/printable.ts'
import {alignColumns} from '../../terminal/align-columns.ts'
import type {EngineDiagnosis} from './check-engines.ts'

/** A line for each engine and device: its precision and what it can do here; below it what to do. */
export function engineListText(engines: readonly EngineDiagnosis[]): string {
  const rows = engines.map(({engine, device = '–', precision}) => [engine, device, precision])
  const columns = alignColumns([['engine', 'device', 'precision'], ...rows], ['left', 'left', 'left'])
  const width = Math.max(...columns.map(line => line.length)) + 2
  const [title, ...lines] = columns.map(line => line.padEnd(width))
  return [
    `${title}on this machine`,
    ...engines.flatMap(({message, remedy}, i) => [
      lines[i] + escapeLine(message, 300),
      ...(remedy ? [`${' '.repeat(width)}→ ${escapeLine(remedy, 300)}`] : []),
    ]),
  ].join('\n')
}
