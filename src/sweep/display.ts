import {formatBytes} from '../base/format-bytes.ts'
import {escapeLine} from '../base/printable.ts'
import type {RunEvent} from '../recipes/events.ts'
import {formatBar} from '../terminal/format-bar.ts'
import {formatDuration} from '../terminal/rate.ts'
import {type ScreenLine, type ScreenStream, screenOn} from '../terminal/screen.ts'
import type {CellReport} from './cell-report.ts'
import {cellText} from './result-text.ts'
import type {SweepEvent} from './sweep.ts'
import {secondsLeft} from './time-left.ts'

const PLAIN_EVERY_MS = 5000
const TICK_MS = 1000

export interface DisplayOptions {
  /** A terminal shows a line for the sweep and one for each running cell, other streams get plain lines. */
  readonly stream: ScreenStream
  /** The work of each cell by its label: its seconds, if they are known. */
  readonly shares: ReadonlyMap<string, number>
  /** The planned seconds of the sweep, if it could be planned. */
  readonly planned?: number | undefined
  readonly clock?: () => number
}

/** The activity of a running cell, and the fraction of it that is done. */
interface CellProgress {
  readonly text: string
  readonly fraction: number
}

/** Opens a display of a sweep's progress, which prints every change of a cell's state immediately. */
export function openDisplay(options: DisplayOptions) {
  const {stream, shares, planned, clock = () => performance.now()} = options
  const screen = screenOn(stream)
  const reports = new Map<string, CellReport>()
  const running = new Map<string, CellProgress>()
  const shareOf = (label: string) => shares.get(label) ?? 0
  const all = sum([...shares.values()])
  const started = clock()
  let before = 0
  let next = Number.NEGATIVE_INFINITY

  const doneShare = () => {
    const ended = [...reports].filter(([, {state}]) => state === 'done' || state === 'failed')
    const parts = [...running].map(([label, {fraction}]) => fraction * shareOf(label))
    return sum([...ended.map(([label]) => shareOf(label)), ...parts])
  }
  const draw = () => {
    const done = doneShare()
    const seconds = secondsLeft({all, done, before, planned, elapsed: (clock() - started) / 1000})
    const eta = seconds === undefined ? '' : `eta ${formatDuration(seconds)}  `
    const counts = countsText([...reports.values()], shares.size)
    if (screen.live) {
      screen.draw([[{text: eta, colour: 'bold'}, counts, ...bar(all > 0 ? done / all : 1)], ...cellLines(running)])
    } else if (clock() >= next) {
      next = clock() + PLAIN_EVERY_MS
      const lines = [...running].map(([label, {text}]) => `\n  ${escapeLine(label)}: ${text}`)
      screen.note(`${eta}${counts}${lines.join('')}`)
    }
  }
  const tick = setInterval(() => screen.live && draw(), TICK_MS).unref()

  const showState = (label: string, report: CellReport) => {
    reports.set(label, report)
    running.delete(label)
    const isOurs = report.state === 'running' && !report.elsewhere
    if (isOurs) running.set(label, {text: 'begins', fraction: 0})
    if (screen.live) draw() // below the note the cell is not running any more
    if (!screen.live || !isOurs) screen.note(cellText(label, report), COLOURS[report.state])
  }
  const showRun = (label: string, event: RunEvent) => {
    const now = progressAfter(event, running.get(label))
    if (event.type === 'training') before += now.fraction * shareOf(label) // done by an earlier process
    running.set(label, now)
  }
  return {
    show(event: SweepEvent) {
      if (event.type === 'note') return screen.note(event.text)
      if (event.type === 'state') showState(event.label, event.report)
      else showRun(event.label, event.event)
      draw()
    },
    stop() {
      clearInterval(tick)
      screen.clear()
    },
  }
}

const sum = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0)

/** `2/9 done, 1 running, 1 elsewhere`. */
function countsText(reports: readonly CellReport[], all: number): string {
  const states = reports.map(({state, elsewhere}) => (elsewhere ? 'elsewhere' : state))
  const count = (one: (typeof states)[number]) => states.filter(state => state === one).length
  const others = (['running', 'elsewhere', 'failed', 'lost'] as const).filter(state => count(state) > 0)
  return [`${count('done')}/${all} done`, ...others.map(state => `${count(state)} ${state}`)].join(', ')
}

/** A line for each running cell, in columns. */
function cellLines(running: ReadonlyMap<string, CellProgress>): ScreenLine[] {
  const cells = [...running].map(([label, {text, fraction}]) => ({label: escapeLine(label), text, fraction}))
  const labels = longest(cells.map(({label}) => label))
  const texts = longest(cells.map(({text}) => text))
  return cells.map(({label, text, fraction}) => [
    `  ${label.padEnd(labels)}`,
    `  ${text.padEnd(texts)}`,
    ...bar(fraction),
  ])
}

const bar = (fraction: number): ScreenLine => [{text: `  ${formatBar(fraction)}`, colour: 'cyan'}]

const longest = (texts: readonly string[]) => Math.max(0, ...texts.map(({length}) => length))

const COLOURS = {done: 'green', failed: 'red', lost: 'red', running: 'dim', pending: 'yellow'} as const

function progressAfter(event: RunEvent, before: CellProgress = {text: '', fraction: 0}): CellProgress {
  const {fraction} = before
  if (event.type === 'download')
    return {text: `download ${formatBytes(event.done)}/${formatBytes(event.total)}`, fraction}
  if (event.type === 'factors') return {text: `factors ${event.done}/${event.total}`, fraction}
  if (event.type === 'training') {
    return {text: `train ${event.from}/${event.steps}`, fraction: (TRAINED * event.from) / event.steps}
  }
  if (event.type === 'step') {
    const {step, steps, loss} = event.report
    return {text: `train ${step}/${steps}  loss ${loss.toFixed(4)}`, fraction: (TRAINED * step) / steps}
  }
  if (event.type === 'progress') return {text: `${escapeLine(event.what)} ${event.done}/${event.total}`, fraction}
  if (event.type === 'answers')
    return {text: `answer ${escapeLine(event.split)} ${event.done}/${event.total}`, fraction}
  return before
}

/** The fraction of a cell that is done when its training is. */
const TRAINED = 0.9
