import {escapeLine} from '../base/printable.ts'
import {pad, widest} from '../terminal/align-columns.ts'
import {formatBar} from '../terminal/format-bar.ts'
import {formatDuration} from '../terminal/rate.ts'
import {type ScreenLine, type ScreenStream, screenOn} from '../terminal/screen.ts'
import type {CellProgress} from './cell-progress.ts'
import type {CellReport} from './cell-report.ts'
import {LiveProgress, type PlannedSweep} from './live-progress.ts'
import {cellText} from './result-text.ts'
import type {SweepEvent} from './sweep.ts'

const PLAIN_EVERY_MS = 5000
const TICK_MS = 1000

export interface DisplayOptions extends PlannedSweep {
  /** A terminal shows a line for the sweep and one for each running cell, other streams get plain lines. */
  readonly stream: ScreenStream
}

/** Opens a display of a sweep's progress, which prints every change of a cell's state immediately. */
export function openDisplay(options: DisplayOptions) {
  const {stream, clock = () => performance.now()} = options
  const screen = screenOn(stream)
  const progress = new LiveProgress(options)
  let next = Number.NEGATIVE_INFINITY
  let hasBegun = false // until then the cells are reported that were done before, and then counted once

  const draw = () => {
    const seconds = progress.secondsLeft()
    const eta = seconds === undefined ? '' : `eta ${formatDuration(seconds)}  `
    const counts = progress.countsText()
    if (screen.live) {
      screen.draw([[{text: eta, colour: 'bold'}, counts, ...bar(progress.fraction())], ...cellLines(progress.running)])
    } else if (clock() >= next) {
      next = clock() + PLAIN_EVERY_MS
      const lines = [...progress.running].map(([label, {text}]) => `\n  ${escapeLine(label)}: ${text}`)
      screen.note(`${eta}${counts}${lines.join('')}`)
    }
  }
  const tick = setInterval(() => screen.live && draw(), TICK_MS).unref()

  const showState = (label: string, report: CellReport) => {
    const isOurs = progress.running.has(label)
    if (screen.live) draw() // below the note the cell is not running any more
    if (!screen.live || !isOurs) screen.note(cellText(label, report), COLOURS[report.state])
  }
  return {
    progress,
    show(event: SweepEvent) {
      if (event.type === 'note') return screen.note(event.text)
      hasBegun ||= event.type !== 'state' || event.report.state !== 'done'
      progress.apply(event)
      if (event.type === 'state') showState(event.label, event.report)
      if (hasBegun) draw()
    },
    stop() {
      clearInterval(tick)
      screen.clear()
    },
  }
}

/** A line for each running cell, in columns. */
function cellLines(running: ReadonlyMap<string, CellProgress>): ScreenLine[] {
  const cells = [...running].map(([label, {text, fraction}]) => ({label: escapeLine(label), text, fraction}))
  const labels = widest(cells.map(({label}) => label))
  const texts = widest(cells.map(({text}) => text))
  return cells.map(({label, text, fraction}) => [`  ${pad(label, labels)}`, `  ${pad(text, texts)}`, ...bar(fraction)])
}

const bar = (fraction: number): ScreenLine => [{text: `  ${formatBar(fraction)}`, colour: 'cyan'}]

const COLOURS = {done: 'green', failed: 'red', lost: 'red', running: 'dim', pending: 'yellow'} as const
