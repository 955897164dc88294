import cliProgress from 'cli-progress'
import {duration, noRate, secondsLeft, tell} from '../../report/rate.ts'
import {inline, printable} from '../../text/printable.ts'
import type {RunEvent} from '../events.ts'
import {megabytes} from '../preview-text.ts'
import type {CellReport, SweepEvent} from './sweep.ts'
import {cellText} from './text.ts'

const PLAIN_EVERY_MS = 5000
const BAR = 24

export interface ShowOptions {
  /** Where to draw: a line for the whole and one a running cell on a terminal, plain lines anywhere else. */
  readonly stream: NodeJS.WritableStream & {readonly isTTY?: boolean}
  /** All cells, with what each takes in the whole: its seconds, if they are known. */
  readonly shares: ReadonlyMap<string, number>
  readonly clock?: () => number
}

export interface Show {
  tell(event: SweepEvent): void
  stop(): void
}

/** What a running cell does now, and how much of it is done. */
interface Doing {
  readonly text: string
  readonly fraction: number
}

/** Shows how a sweep goes on; what becomes of a cell is told at once. */
export function openShow({stream, shares, clock = () => performance.now()}: ShowOptions): Show {
  const reports = new Map<string, CellReport>()
  const doing = new Map<string, Doing>()
  const shareOf = (label: string) => shares.get(label) ?? 0
  const all = [...shares.values()].reduce((sum, share) => sum + share, 0)
  const view = stream.isTTY ? bars(stream) : lines(stream, clock)
  let rate = noRate
  let told = Number.NEGATIVE_INFINITY

  const whole = (): Doing => {
    const count = (what: CellReport['state'] | 'elsewhere') =>
      [...reports.values()].filter(({state, elsewhere}) => (elsewhere ? 'elsewhere' : state) === what).length
    const ended = [...reports].filter(([, {state}]) => state === 'done' || state === 'failed')
    const parts = [...doing].map(([label, {fraction}]) => fraction * shareOf(label))
    const done = ended.reduce((sum, [label]) => sum + shareOf(label), 0) + parts.reduce((sum, part) => sum + part, 0)
    if (clock() - told >= 1000) {
      told = clock()
      rate = tell(rate, done, told)
    }
    const eta = secondsLeft(rate, all)
    const words = (['running', 'elsewhere', 'failed', 'lost'] as const).flatMap(state =>
      count(state) > 0 ? [`${count(state)} ${state}`] : [],
    )
    const text = [`${count('done')}/${shares.size} done`, ...words].join(', ')
    return {text: eta === undefined ? text : `${text}  eta ${duration(eta)}`, fraction: all > 0 ? done / all : 1}
  }

  return {
    tell(event) {
      if (event.type === 'note') return view.note(printable(event.text))
      const {label} = event
      if (event.type === 'state') {
        reports.set(label, event.report)
        if (event.report.state === 'running' && !event.report.elsewhere) doing.set(label, {text: 'begins', fraction: 0})
        else if (doing.delete(label)) view.end(label)
        view.note(cellText(label, event.report))
      } else doing.set(label, doingOf(event.event, doing.get(label)))
      view.draw(whole(), doing)
    },
    stop: () => view.stop(),
  }
}

interface View {
  draw(whole: Doing, cells: ReadonlyMap<string, Doing>): void
  end(label: string): void
  note(text: string): void
  stop(): void
}

/** The whole at once, then every 5 seconds with what runs. */
function lines(stream: NodeJS.WritableStream, clock: () => number): View {
  let next = Number.NEGATIVE_INFINITY
  return {
    draw(whole, cells) {
      if (clock() < next) return
      next = clock() + PLAIN_EVERY_MS
      const running = [...cells].map(([label, {text}]) => `  ${inline(label)}: ${text}\n`)
      stream.write(`${whole.text}\n${running.join('')}`)
    },
    end: () => {},
    note: text => stream.write(`${text}\n`),
    stop: () => {},
  }
}

function bars(stream: NodeJS.WritableStream): View {
  const multi = new cliProgress.MultiBar({
    stream,
    format: (_options, _params, {fraction, text}: Doing) => {
      const full = Math.round(fraction * BAR)
      return `${'█'.repeat(full)}${'░'.repeat(BAR - full)} ${text}`
    },
    fps: 5,
    linewrap: true, // cuts lines to the terminal's width instead of changing the terminal's mode
    hideCursor: false, // a killed process could not give it back
    gracefulExit: false, // signals are the command's
    forceRedraw: true, // a line that has not changed may have moved
  })
  const drawn = new Map<string, cliProgress.SingleBar>()
  const draw = (label: string, {text, fraction}: Doing) => {
    const one = drawn.get(label) ?? multi.create(1, 0, {text, fraction})
    drawn.set(label, one)
    one.update(0, {text, fraction})
  }
  return {
    draw(whole, cells) {
      draw('', whole) // no cell's label is empty
      for (const [label, {text, fraction}] of cells) draw(label, {text: `${inline(label)}  ${text}`, fraction})
    },
    end(label) {
      const one = drawn.get(label)
      if (one) multi.remove(one)
      drawn.delete(label)
    },
    note: text => multi.log(`${text}\n`),
    stop() {
      multi.update() // notes are only written with the next drawing
      multi.stop()
    },
  }
}

function doingOf(event: RunEvent, before: Doing = {text: '', fraction: 0}): Doing {
  const {fraction} = before
  if (event.type === 'download') return {text: `download ${megabytes(event.done)}/${megabytes(event.total)}`, fraction}
  if (event.type === 'factors') return {text: `factors ${event.done}/${event.total}`, fraction}
  if (event.type === 'training') return {text: `train ${event.from}/${event.steps}`, fraction}
  if (event.type === 'step') {
    const {step, steps, loss} = event.report
    return {text: `train ${step}/${steps}  loss ${loss.toFixed(4)}`, fraction: (TRAINED * step) / steps}
  }
  if (event.type === 'progress') return {text: `${inline(event.what)} ${event.done}/${event.total}`, fraction}
  if (event.type === 'answers') return {text: `answer ${inline(event.split)} ${event.done}/${event.total}`, fraction}
  return before
}

/** The share of a cell that is done when its training is. */
const TRAINED = 0.9
