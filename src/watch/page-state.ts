import {getOrAdd, memoizeByObject} from '../base/memoize.ts'
import {escapeLine, escapeText} from '../base/printable.ts'
import {type Figure, specOf} from '../report/draw/figure.ts'
import {LOOKS} from '../report/draw/look.ts'
import type {Row} from '../results/row.ts'
import {scoresText} from '../results/score-text.ts'
import {formatDuration} from '../terminal/rate.ts'
import {openLiveFigures} from './live-figures.ts'
import {CELL_STATES, type WatchedCell, type WatchedRuns} from './watched-cell.ts'

/** Browsers that ask within this time of each other share one reading. */
const FRESH_MS = 1000

/** A reading of the state, and its text in each look that a browser has asked for. */
interface Reading {
  readonly at: number
  readonly runs: WatchedRuns
  readonly figures: readonly Figure[]
  readonly ended: boolean
  readonly texts: Map<string, string>
}

/** Opens the state of a page. Nothing is read as long as no browser asks for it. */
export function openPageState(read: () => Promise<WatchedRuns>) {
  const figures = openLiveFigures()
  const spec = openSpecs()
  let ended = false
  let current: Promise<Reading> | undefined

  const readNow = async (): Promise<Reading> => {
    const isLast = ended
    const runs = await read()
    const drawn = await figures.of(runs.cells)
    return {at: performance.now(), runs, figures: drawn, ended: isLast, texts: new Map()}
  }
  const reading = async (): Promise<Reading> => {
    const newest = current
    const before = await newest?.catch(() => undefined)
    if (before && before.ended === ended && performance.now() - before.at < FRESH_MS) return before
    if (current === newest) current = readNow() // else another browser has started one
    return current as Promise<Reading>
  }
  return {
    /** Returns the state as JSON, with figures in the look of this name, and whether it is the last. */
    async json(name: string): Promise<{readonly body: string; readonly isLast: boolean}> {
      const look = Object.hasOwn(LOOKS, name) ? (name as keyof typeof LOOKS) : 'light'
      const {runs, figures, ended, texts} = await reading()
      const body = getOrAdd(texts, look, () => stateText(runs, {ended, figures: figures.map(one => spec(one, look))}))
      return {body, isLast: ended}
    },
    /** Marks the next state as the last. */
    end(): void {
      ended = true
    },
  }
}

/** Opens the specifications of figures, as JSON: each is written once for a figure and a look. */
function openSpecs() {
  let count = 0
  const known = memoizeByObject((_: Figure) => ({version: ++count, texts: new Map<string, string>()}))
  return (figure: Figure, look: keyof typeof LOOKS): string => {
    const {version, texts} = known(figure)
    const {id, title} = figure
    return getOrAdd(texts, look, () => JSON.stringify({id, version, title, spec: specOf(figure, LOOKS[look])}))
  }
}

function stateText(
  {title, counts, secondsLeft, fraction, cells, notice = ''}: WatchedRuns,
  {ended, figures}: {readonly ended: boolean; readonly figures: readonly string[]},
): string {
  const state = {
    title: escapeLine(title),
    heading: `${Math.floor(100 * fraction)} %: ${escapeLine(title)}`,
    counts,
    eta: secondsLeft === undefined ? '' : `about ${formatDuration(secondsLeft)} left`,
    fraction,
    notice: escapeLine(notice),
    ended,
    at: new Date().toLocaleTimeString('en-GB'),
    cells: inOrder(cells).map(cellRecord),
  }
  return `${JSON.stringify(state).slice(0, -1)},"figures":[${figures.join()}]}`
}

const inOrder = (cells: readonly WatchedCell[]): readonly WatchedCell[] =>
  cells.toSorted((a, b) => CELL_STATES.indexOf(a.state) - CELL_STATES.indexOf(b.state))

const cellRecord = ({label, state, activity, fraction, row, problem = ''}: WatchedCell) => ({
  label: escapeLine(label),
  state,
  activity,
  fraction,
  score: row ? scoreText(row) : '',
  problem: escapeText(problem).slice(0, LONGEST_PROBLEM),
})

const LONGEST_PROBLEM = 1000

const scoreText = memoizeByObject((row: Row) => scoresText(row))
