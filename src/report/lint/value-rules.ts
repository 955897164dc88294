import {METHODS} from '../../adapters/index.ts'
import {nearest} from '../../base/nearest.ts'
import type {CsvCell, CsvLine, FindingText} from '../../results/csv-table.ts'
import {
  at,
  FIELDS,
  type Field,
  fieldOf,
  isNumber,
  metricAt,
  numberAt,
  type Results,
} from '../../results/known-recipe.ts'
import {once, told} from './file-rules.ts'
import {error, type Rule, warning} from './rule.ts'

const METHOD_NAMES = ['none', ...Object.keys(METHODS)]
const METRICS = ['accuracy', 'matthews', 'pearson']
const ENGINES = ['onnx', 'js', 'tensorflow']
const NOT_FINITE = /^[-+]?(nan|inf(inity)?|1\.#\w+)$/i

/** What can be wrong with one value of a row. */
export const VALUE_RULES: readonly Rule[] = [
  error('empty-value', results =>
    results.lines.flatMap(line =>
      Object.entries(FIELDS)
        .filter(([name, {needed}]) => needed === 'always' && has(results, name) && isEmpty(results, line, name))
        .map(([name]) => ({...placeOf(results, line, name), says: `no value under ${name}`})),
    ),
  ),
  error('not-a-number', results =>
    numbers(results, ({text}) => !isNumber(text) && !isInfinite(text)).map(({cell, name}) =>
      told(cell, `${name} must be a number, with a point and without spaces`),
    ),
  ),
  error('not-finite', results =>
    numbers(results, ({text}) => isInfinite(text)).map(({cell, name}) =>
      told(cell, `${name} must be finite; a score without a value is left empty`),
    ),
  ),
  error('not-whole', results =>
    numbers(results, ({text}, {kind}) => kind === 'count' && isNumber(text) && !Number.isInteger(Number(text))).map(
      ({cell, name}) => told(cell, `${name} counts things and must be whole`),
    ),
  ),
  error('negative', results =>
    numbers(results, ({text}, {kind}) => kind !== 'score' && isNumber(text) && Number(text) < 0).map(({cell, name}) =>
      told(cell, `${name} cannot be below 0`),
    ),
  ),
  error('zero', results =>
    numbers(results, ({text}, _, name) => POSITIVE.test(name) && isNumber(text) && Number(text) === 0).map(
      ({cell, name}) => told(cell, `${name} must be above 0`),
    ),
  ),
  error('accuracy-range', results =>
    scores(results, 'accuracy', score => score < 0 || score > 1).map(({cell}) => {
      const hundredth = Number(cell.text) / 100
      const right = hundredth > 0.01 && hundredth <= 1 ? `; did you mean ${hundredth}?` : ''
      return told(cell, `an accuracy lies between 0 and 1${right}`)
    }),
  ),
  error('correlation-range', results =>
    ['matthews', 'pearson'].flatMap(metric =>
      scores(results, metric, score => score < -1 || score > 1).map(({cell}) =>
        told(cell, `${metric} lies between −1 and 1`),
      ),
    ),
  ),
  error('items-missing', results =>
    results.scored.flatMap(one =>
      has(results, `${one}_n`)
        ? results.lines
            .filter(line => at(results, line, `${one}_score`) && isEmpty(results, line, `${one}_n`))
            .map(line => ({
              ...placeOf(results, line, `${one}_n`),
              says: `a score of how many items? ${one}_n is empty`,
            }))
        : [],
    ),
  ),
  error('score-missing', results =>
    results.scored.flatMap(one =>
      has(results, `${one}_score`)
        ? results.lines
            .filter(line => at(results, line, `${one}_n`) && isEmpty(results, line, `${one}_score`))
            .filter(line => metricAt(results, line, one) === 'accuracy') // a correlation may have no value
            .map(line => ({...placeOf(results, line, `${one}_score`), says: `items and no score under ${one}_score`}))
        : [],
    ),
  ),
  error('not-of-items', results =>
    scores(results, 'accuracy', score => score >= 0 && score <= 1).flatMap(({cell, line, scored}) => {
      const n = numberAt(results, line, `${scored}_n`)
      if (n === undefined || !Number.isInteger(n) || n < 1) return []
      const right = Number(cell.text) * n
      if (Math.abs(right - Math.round(right)) < 1e-6 * n) return []
      return [
        told(cell, `no whole number of ${n} items; near are ${Math.floor(right) / n} and ${Math.ceil(right) / n}`),
      ]
    }),
  ),
  error('interval', results =>
    results.scored.flatMap(one =>
      results.lines.flatMap(line => {
        const [low, score, high] = ['low', 'score', 'high'].map(part => numberAt(results, line, `${one}_${part}`))
        const cell = at(results, line, `${one}_low`) ?? at(results, line, `${one}_high`)
        if (!cell || (low! <= score! && score! <= high!)) return []
        return [
          told(cell, `an interval goes from ${one}_low to ${one}_high around the score ${score ?? 'that is missing'}`),
        ]
      }),
    ),
  ),
  error('unknown-metric', results => results.scored.flatMap(one => unknown(results, `${one}_metric`, METRICS))),
  error('unknown-method', results => unknown(results, 'method', METHOD_NAMES)),
  error('unknown-engine', results => unknown(results, 'engine', ENGINES)),
  error('hash', results => unlike(results, 'hash', /^[0-9a-f]{12}$/, 'a hash has 12 digits of 0–9 and a–f')),
  error('version', results => unlike(results, 'version', /^\d+\.\d+\.\d+(-[\w.]+)?$/, "svft's version is like 0.1.0")),
  error('commit', results =>
    unlike(results, 'commit', /^[0-9a-f]{7,40}$/, 'a commit has 7 to 40 digits of 0–9 and a–f'),
  ),
  error('dirty-flag', results => unlike(results, 'dirty', /^(true|false)$/, 'dirty is true or false')),
  error('time', results =>
    values(results, 'finished')
      .filter(({text}) => !(ISO.test(text) && !Number.isNaN(Date.parse(text))))
      .map(cell => told(cell, 'a time is like 2026-11-25T12:50:30.621Z, in UTC')),
  ),
  warning('no-commit', results =>
    has(results, 'commit')
      ? results.lines
          .filter(line => isEmpty(results, line, 'commit'))
          .map(line => ({...placeOf(results, line, 'commit'), says: 'no commit: which svft was it?'}))
      : [],
  ),
  warning('future', results =>
    once(
      values(results, 'finished').filter(({text}) => Date.parse(text) > results.now),
      "a time that has not come yet by this machine's clock",
    ),
  ),
  warning('changed-files', results =>
    once(
      values(results, 'dirty').filter(({text}) => text === 'true'),
      'files differed from the commit, so it does not tell what ran',
    ),
  ),
]

const POSITIVE = /^(seconds|step_ms|tokens_per_second|peak_memory_mb|threads|.+_n)$/
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/

const isInfinite = (text: string) => NOT_FINITE.test(text) || (text !== '' && Math.abs(Number(text)) === Infinity)

const has = ({header}: Results, name: string) => header.cells.some(({text}) => text === name)

/** A value that is there and empty; what a ragged line lacks is told as that. */
function isEmpty({header}: Results, line: CsvLine, name: string): boolean {
  return line.cells[header.cells.findIndex(({text}) => text === name)]?.text === ''
}

function placeOf({header}: Results, line: CsvLine, name: string): Omit<FindingText, 'says'> {
  const {column} = line.cells[header.cells.findIndex(({text}) => text === name)]
  return {line: line.line, column}
}

function numbers(results: Results, isWrong: (cell: CsvCell, field: Field, name: string) => boolean) {
  const {header, lines} = results
  return header.cells.flatMap(({text: name}, i) => {
    const field = fieldOf(name)
    if (!field || field.kind === 'text' || field.kind === 'flag') return []
    const cells = lines.flatMap(({cells}) => (cells[i] && cells[i].text !== '' ? [cells[i]] : []))
    return cells.filter(cell => isWrong(cell, field, name)).map(cell => ({cell, name}))
  })
}

function scores(results: Results, metric: string, isWanted: (score: number) => boolean) {
  return results.scored.flatMap(scored =>
    results.lines
      .filter(line => metricAt(results, line, scored) === metric)
      .flatMap(line => {
        const score = numberAt(results, line, `${scored}_score`)
        const cell = at(results, line, `${scored}_score`)
        return cell && score !== undefined && isWanted(score) ? [{cell, line, scored}] : []
      }),
  )
}

const values = (results: Results, name: string) => results.lines.flatMap(line => at(results, line, name) ?? [])

function unlike(results: Results, name: string, pattern: RegExp, says: string): FindingText[] {
  return values(results, name)
    .filter(({text}) => !pattern.test(text))
    .map(cell => told(cell, says))
}

function unknown(results: Results, name: string, known: readonly string[]): FindingText[] {
  return values(results, name)
    .filter(({text}) => !known.includes(text))
    .map(cell => {
      const near = nearest(cell.text, known)
      const right = near ? `did you mean ${near}?` : `known: ${known.join(', ')}`
      return told(cell, `unknown ${name.replace(/^.*_/, '')}; ${right}`)
    })
}
