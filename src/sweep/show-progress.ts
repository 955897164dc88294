import {formatBytes} from '../base/format-bytes.ts'
import {escapeLine} from '../base/printable.ts'
import type {RunEvent} from '../recipes/events.ts'
import {formatBar} from '../terminal/format-bar.ts'
import {formatDuration} from '../terminal/rate.ts'
import {type ScreenLine, type ScreenStream, screenOn} from '../terminal/screen.ts'
import type {CellReport, SweepEvent} from './sweep.ts'
import {cellText} from './text.ts'

const PLAIN_EVERY_MS = 5000
const TICK_MS = 1000

export interface ShowOptions {
  /** Where to draw: a line for the whole and one a running cell on a terminal, plain lines anywhere else. */
  readonly stream: ScreenStream
  /** All cells, with what each takes in the whole: its seconds, if they are known. */
  readonly shares: ReadonlyMap<string, number>
  /** Seconds that the whole takes by its plan, where it has one: the time left at first. */
  readonly planned?: number | undefined
  readonly clock?: () => number
}

export interface SweepDisplay {
  tell(event: SweepEvent): void
  stop(): void
}

/** What a running cell does now, and how much of it is done. */
interface Doing {
  readonly text: string
  readonly fraction: number
}

/** Shows how a sweep goes on; what becomes of a cell is told at once. */
export function openShow({stream, shares, planned, clock = () => performance.now()}: ShowOptions): SweepDisplay {
  const screen = screenOn(stream)
  const reports = new Map<string, CellReport>()
  const doing = new Map<string, Doing>()
  const shareOf = (label: string) => shares.get(label) ?? 0
  const all = [...shares.values()].reduce((sum, share) => sum + share, 0)
  const began = clock()
  let before = 0
  let next = Number.NEGATIVE_INFINITY

  const counts = (): string => {
    const count = (what: CellReport['state'] | 'elsewhere') =>
      [...reports.values()].filter(({state, elsewhere}) => (elsewhere ? 'elsewhere' : state) === what).length
    const words = (['running', 'elsewhere', 'failed', 'lost'] as const).flatMap(state =>
      count(state) > 0 ? [`${count(state)} ${state}`] : [],
    )
    return [`${count('done')}/${shares.size} done`, ...words].join(', ')
  }
  const progress = () => {
    const ended = [...reports].filter(([, {state}]) => state === 'done' || state === 'failed')
    const parts = [...doing].map(([label, {fraction}]) => fraction * shareOf(label))
    const done = [...ended.map(([label]) => shareOf(label)), ...parts].reduce((sum, part) => sum + part, 0)
    const eta = timeLeft({all, done, before, planned, elapsed: (clock() - began) / 1000})
    return {fraction: all > 0 ? done / all : 1, eta: eta === undefined ? '' : `eta ${formatDuration(eta)}  `}
  }
  const draw = () => {
    const {fraction, eta} = progress()
    if (screen.live) {
      const running = [...doing].map(([label, {text, fraction}]) => ({label: escapeLine(label), text, fraction}))
      const [labels, texts] = [running.map(({label}) => label), running.map(({text}) => text)].map(longest)
      const cells = running.map(
        ({label, text, fraction}): ScreenLine => [
          `  ${label.padEnd(labels)}`,
          `  ${text.padEnd(texts)}`,
          ...bar(fraction),
        ],
      )
      screen.draw([[{text: eta, colour: 'bold'}, counts(), ...bar(fraction)], ...cells])
    } else if (clock() >= next) {
      next = clock() + PLAIN_EVERY_MS
      const running = [...doing].map(([label, {text}]) => `\n  ${escapeLine(label)}: ${text}`)
      screen.note(`${eta}${counts()}${running.join('')}`)
    }
  }
  const tick = setInterval(() => screen.live && draw(), TICK_MS).unref()

  return {
    tell(event) {
      if (event.type === 'note') return screen.note(event.text)
      const {label} = event
      if (event.type === 'state') {
        reports.set(label, event.report)
        doing.delete(label)
        if (event.report.state === 'running' && !event.report.elsewhere) doing.set(label, {text: 'begins', fraction: 0})
        if (screen.live) draw() // below the note the cell is not running any more
        if (!screen.live || !doing.has(label)) screen.note(cellText(label, event.report), COLOURS[event.report.state])
      } else {
        const now = doingOf(event.event, doing.get(label))
        if (event.event.type === 'training') before += now.fraction * shareOf(label) // of an earlier process
        doing.set(label, now)
      }
      draw()
    },
    stop() {
      clearInterval(tick)
      screen.clear()
    },
  }
}

interface Left {
  readonly all: number
  readonly done: number
  /** Done before this sweep began. */
  readonly before: number
  readonly planned: number | undefined
  readonly elapsed: number
}

/**
 * Seconds left of a sweep. A plan is trusted like so many seconds of work that took as long as it says, a tenth of the
 * whole, between 20 s and 5 min; then more and more what was seen.
 */
function timeLeft({all, done, before, planned, elapsed}: Left): number | undefined {
  const left = all - done
  if (left <= 0) return undefined
  const seen = done - before
  if (planned === undefined) return seen > 0 && elapsed > 5 ? (left * elapsed) / seen : undefined
  const pace = planned / all
  const trust = Math.min(300, Math.max(20, planned / 10))
  return (left * pace * (elapsed + trust)) / (seen * pace + trust)
}

const bar = (fraction: number): ScreenLine => [{text: `  ${formatBar(fraction)}`, colour: 'cyan'}]

const longest = (texts: readonly string[]) => Math.max(0, ...texts.map(({length}) => length))

const COLOURS = {done: 'green', failed: 'red', lost: 'red', running: 'dim', pending: 'yellow'} as const

function doingOf(event: RunEvent, before: Doing = {text: '', fraction: 0}): Doing {
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

/** The share of a cell that is done when its training is. */
const TRAINED = 0.9
