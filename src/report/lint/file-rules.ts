import {counted} from '../../base/counted.ts'
import {nearest} from '../../base/nearest.ts'
import {inline} from '../../base/printable.ts'
import {type CsvCell, type FindingText, isBlank} from '../../results/csv-table.ts'
import {FIELDS, fieldOf, type Results} from '../../results/known-recipe.ts'
import {error, type Rule} from './rule.ts'

/** What can be wrong with a file as text, and with its header. */
export const FILE_RULES: readonly Rule[] = [
  error('byte-order-mark', ({text}) =>
    text.startsWith('\ufeff')
      ? [{line: 1, column: 1, says: 'begins with a byte order mark; save it as UTF-8 without one'}]
      : [],
  ),
  error('crlf', ({text}) => {
    const i = text.indexOf('\r\n')
    const lines = text.slice(0, i).split('\n')
    const says = 'lines end in CR LF; they end in LF alone'
    return i < 0 ? [] : [{line: lines.length, column: lines.at(-1)!.length + 1, says}]
  }),
  error('unfinished-line', ({text, lines, header}) =>
    text === '' || text.endsWith('\n')
      ? []
      : [{line: (lines.at(-1) ?? header).line, column: 1, says: 'the last line has no end; was the file cut?'}],
  ),
  error('empty', ({text}) =>
    text.trim() === '' ? [{line: 1, column: 1, says: 'no header and no rows; svft collect writes both'}] : [],
  ),
  error('no-rows', ({header, lines}) =>
    isBlank(header.cells) || lines.length > 0 ? [] : [{line: 1, column: 1, says: 'a header and no rows'}],
  ),
  error('blank-line', ({blank}) => blank.map(line => ({line, column: 1, says: 'an empty line; remove it'}))),
  error('ragged', ({header, lines}) =>
    lines
      .filter(({cells}) => cells.length !== header.cells.length)
      .map(({line, cells}) => {
        const last = cells[Math.min(cells.length, header.cells.length + 1) - 1]
        const says = `${cells.length} values; the header has ${header.cells.length} columns`
        return {line, column: last.column, says}
      }),
  ),
  error('quotes', ({quotes}) => quotes),
  error('line-break', results =>
    everywhere(results, /[\r\n]/, 'a value of several lines; svft writes a new line as \\n'),
  ),
  error('hidden-character', results =>
    everywhere(results, HIDDEN, 'a character that cannot be seen; svft writes it as \\u and its number'),
  ),
  error('space-around', results => everywhere(results, /^\s|\s$/, 'a space at the edge of a value; remove it')),
  error('formula', results =>
    texts(results)
      .filter(({text}) => /^[=+\-@]/.test(text))
      .map(cell => told(cell, 'a spreadsheet would run this as a formula; svft writes an apostrophe before it')),
  ),
  error('unknown-column', ({header}) =>
    header.cells
      .filter(({text}) => !isBlank(header.cells) && fieldOf(text) === undefined)
      .map(cell => {
        const near = nearest(cell.text, Object.keys(FIELDS))
        const right = near ? `did you mean ${near}?` : 'a test file has <name>_score and <name>_n'
        return told(cell, `unknown column; ${right}`)
      }),
  ),
  error('missing-column', results => {
    const {header} = results
    if (isBlank(header.cells)) return []
    const names = header.cells.map(({text}) => text)
    const misspelt = names.flatMap(name => (fieldOf(name) ? [] : (nearest(name, Object.keys(FIELDS)) ?? [])))
    return Object.entries(FIELDS)
      .filter(([name, {needed}]) => needed !== 'never' && !names.includes(name) && !misspelt.includes(name))
      .map(([name]) => ({line: header.line, column: 1, says: `no column ${name}`}))
  }),
  error('doubled-column', ({header}) =>
    header.cells
      .filter(({text}, i) => text !== '' && header.cells.findIndex(other => other.text === text) < i)
      .map(cell => told(cell, 'a column that stands twice; remove one')),
  ),
  error('no-score-column', ({header, scored}) =>
    isBlank(header.cells) || scored.length > 0
      ? []
      : [{line: header.line, column: 1, says: 'no score; a test file has <name>_score and <name>_n'}],
  ),
  error('half-score', ({header, scored}) => {
    const names = header.cells.map(({text}) => text)
    return scored.flatMap(one =>
      ['score', 'n']
        .filter(part => !names.includes(`${one}_${part}`))
        .map(part => ({line: header.line, column: 1, says: `${one} has no column ${one}_${part}`})),
    )
  }),
]

const HIDDEN = /[^\P{Cc}\r\n]|[\p{Cs}\p{Bidi_Control}\u2028\u2029\ufeff]/u

const all = ({header, lines}: Results) => [header, ...lines].flatMap(({cells}) => cells)

/** Values that are no numbers by their column. */
function texts(results: Results): CsvCell[] {
  const {header, lines} = results
  const isText = header.cells.map(({text}) => (fieldOf(text)?.kind ?? 'text') === 'text')
  return [...header.cells, ...lines.flatMap(({cells}) => cells.filter((_, i) => isText[i]))]
}

function everywhere(results: Results, pattern: RegExp, says: string): FindingText[] {
  return all(results)
    .filter(({text}) => pattern.test(text))
    .map(cell => told(cell, says))
}

/** What is wrong with a value, with the value last. */
export const told = ({line, column, text}: CsvCell, says: string): FindingText => ({
  line,
  column,
  says: `${says}: ${inline(text, 60)}`,
})

/** What is wrong with these values in the same way, told of the first. */
export function once([first, ...others]: readonly CsvCell[], says: string): FindingText[] {
  const more = others.length > 0 ? `, and in ${counted(others.length, 'more row')}` : ''
  return first ? [told(first, `${says}${more}`)] : []
}
