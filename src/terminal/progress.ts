import {compact} from '../base/collections.ts'
import {escapeLine} from '../base/printable.ts'
import {formatBar} from './format-bar.ts'
import {addSample, EMPTY_RATE, formatDuration, secondsLeft} from './rate.ts'
import {type ScreenLine, type ScreenStream, screenOn} from './screen.ts'

const PLAIN_EVERY_MS = 5000

/** How much longer lines wait within a step, whose loss is not known yet. */
const WITHIN_STEP_MS = 55_000

export interface ProgressOptions {
  /** The stream to draw on: a bar on a terminal, lines otherwise. */
  readonly stream: ScreenStream
  readonly total: number
  readonly label: string
  /** Formats a count, such as bytes as megabytes. */
  readonly count?: (n: number) => string
  /** Whether this is a part of other work: it is erased when done, and never shown if short. */
  readonly passing?: boolean
  /** Returns milliseconds since any fixed moment. */
  readonly clock?: () => number
}

/** The progress of the work: `step` of `total`; a resumed run does not start at 0. */
export interface ProgressState {
  readonly step: number
  readonly loss?: number
  readonly lr?: number
  readonly speed?: Speed
  /** Seconds left, if they are known better than from the rate of steps. */
  readonly eta?: number
  /** The micro-batches done of the step that follows, shown only while it takes more than 5 seconds. */
  readonly microBatches?: {readonly done: number; readonly total: number}
}

export interface Speed {
  readonly perSecond: number
  readonly unit: 'tokens' | 'images'
}

export interface Progress {
  update(state: ProgressState): void
  /** Shows the last state, with the time that finished work took, and releases the stream; for a `finally`. */
  stop(): void
}

/** Shows the progress of work: a bar on a terminal, otherwise a line at the start, every 5 seconds (every minute within a step) and at the end. */
export function openProgress(options: ProgressOptions): Progress {
  const {stream, total, label, count = String, passing = false, clock = () => performance.now()} = options
  const screen = screenOn(stream)
  const began = clock()
  const shown = {total, label: escapeLine(label), count}
  let rate = EMPTY_RATE
  let last: ProgressState | undefined
  let written: ProgressState | undefined
  let next = passing ? began + PLAIN_EVERY_MS : began
  let stepped = began
  const write = (state: ProgressState) => {
    written = state
    next = clock() + PLAIN_EVERY_MS
    screen.note(text(state, {...shown, ms: clock() - began}))
  }
  return {
    update(state) {
      const {step, microBatches} = state
      if (microBatches && clock() < stepped + PLAIN_EVERY_MS) return
      const reached = step + (microBatches ? microBatches.done / microBatches.total : 0)
      const current = last ? addSample(rate, reached, clock()) : rate // the first step may compile
      if (!microBatches) {
        rate = current
        stepped = clock()
      }
      last = {...state, eta: step >= total ? undefined : (state.eta ?? secondsLeft(current, total))}
      if (screen.live) screen.draw([lineOf(last, shown)])
      else if (clock() >= (state.microBatches ? next + WITHIN_STEP_MS : next)) write(last)
    },
    stop() {
      screen.clear()
      if (last && last !== written && !passing) write(last)
    },
  }
}

type Shown = Required<Pick<ProgressOptions, 'total' | 'label' | 'count'>>

/** `eta 1m24s  train 4/10  loss 0.5000  1.2k tokens/s  lr 5.00e-2  ████░░░░`: a narrow terminal drops the bar first, the loss last. */
function lineOf(state: ProgressState, {label, total, count}: Shown): ScreenLine {
  const {step, eta} = state
  return [
    {text: eta === undefined ? 'eta …' : `eta ${formatDuration(eta)}`, colour: 'bold'},
    `  ${label} ${count(step)}/${count(total)}`,
    ...details(state),
    {text: `  ${formatBar(total > 0 ? step / total : 1)}`, colour: 'cyan'},
  ]
}

/** Formats the progress without a bar; finished work has the time that it took. */
function text(state: ProgressState, {total, label, count, ms}: Shown & {readonly ms: number}): string {
  const {step, eta} = state
  const took = ms < 1000 ? '' : `  in ${formatDuration(ms / 1000)}`
  const when = step >= total ? took : eta === undefined ? '' : `  eta ${formatDuration(eta)}`
  return `${label} ${count(step)}/${count(total)}${when}${details(state).join('')}`
}

function details({microBatches, loss, lr, speed}: ProgressState): string[] {
  return compact([
    microBatches && `  micro-batch ${microBatches.done}/${microBatches.total}`,
    loss !== undefined && `  loss ${loss.toFixed(4)}`,
    speed && `  ${formatSpeed(speed)}`,
    lr !== undefined && `  lr ${lr.toExponential(2)}`,
  ])
}

/** `13.3k tokens/s`. */
export const formatSpeed = ({perSecond, unit}: Speed): string => `${short(perSecond)} ${unit}/s`

const short = (n: number) =>
  n < 10
    ? n.toPrecision(2)
    : n < 1000
      ? n.toFixed(0)
      : n < 1e6
        ? `${(n / 1000).toFixed(1)}k`
        : `${(n / 1e6).toFixed(1)}M`
