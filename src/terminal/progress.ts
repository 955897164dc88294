import {escapeLine} from '../base/printable.ts'
import {formatBar} from './format-bar.ts'
import {addSample, EMPTY_RATE, formatDuration, secondsLeft} from './rate.ts'
import {type ScreenLine, type ScreenStream, screenOn} from './screen.ts'

const PLAIN_EVERY_MS = 5000

export interface ProgressOptions {
  /** Where to draw: a bar on a terminal, lines anywhere else. */
  readonly stream: ScreenStream
  readonly total: number
  readonly label: string
  /** How a count is written: bytes, for people, are megabytes. */
  readonly count?: (n: number) => string
  /** Part of other work, which goes on with it: nothing is left of it at its end, nor shown where it is short. */
  readonly passing?: boolean
  /** Milliseconds from any fixed moment. */
  readonly clock?: () => number
}

/** The progress of the work: `step` of `total`; a resumed run does not start at 0. */
export interface ProgressState {
  readonly step: number
  readonly loss?: number
  readonly lr?: number
  readonly speed?: Speed
  /** Seconds left, for those who know better than the rate of steps. */
  readonly eta?: number
}

export interface Speed {
  readonly perSecond: number
  readonly unit: 'tokens' | 'images'
}

export interface Progress {
  update(standing: ProgressState): void
  /** Shows the last standing, of work that is done with the time it took, and lets go of the stream; for a `finally`. */
  stop(): void
}

/** Shows how work goes on: a bar on a terminal, otherwise one line at the start, every 5 seconds and at the end. */
export function openProgress(options: ProgressOptions): Progress {
  const {stream, total, label, count = String, passing = false, clock = () => performance.now()} = options
  const screen = screenOn(stream)
  const began = clock()
  const shown = {total, label: escapeLine(label), count}
  let rate = EMPTY_RATE
  let last: ProgressState | undefined
  let written: ProgressState | undefined
  let next = passing ? began + PLAIN_EVERY_MS : began
  const write = (standing: ProgressState) => {
    written = standing
    next = clock() + PLAIN_EVERY_MS
    screen.note(text(standing, {...shown, ms: clock() - began}))
  }
  return {
    update(standing) {
      rate = addSample(rate, standing.step, clock())
      last = {...standing, eta: standing.step >= total ? undefined : (standing.eta ?? secondsLeft(rate, total))}
      if (screen.live) screen.draw([lineOf(last, shown)])
      else if (clock() >= next) write(last)
    },
    stop() {
      screen.clear()
      if (last && last !== written && !passing) write(last)
    },
  }
}

type Shown = Required<Pick<ProgressOptions, 'total' | 'label' | 'count'>>

/** `eta 1m24s  train ████░░░░ 4/10  loss 0.5000  lr 5.00e-2  1.2k tokens/s`, the first the last to be left out. */
function lineOf(standing: ProgressState, {label, total, count}: Shown): ScreenLine {
  const {step, eta} = standing
  return [
    {text: eta === undefined ? 'eta …' : `eta ${formatDuration(eta)}`, colour: 'bold'},
    `  ${label} ${count(step)}/${count(total)} `,
    {text: formatBar(total > 0 ? step / total : 1), colour: 'cyan'},
    ...details(standing),
  ]
}

/** Formats the progress without a bar; when all is done, with the time that it took. */
function text(standing: ProgressState, {total, label, count, ms}: Shown & {readonly ms: number}): string {
  const {step, eta} = standing
  const took = ms < 1000 ? '' : `  in ${formatDuration(ms / 1000)}`
  const when = step >= total ? took : eta === undefined ? '' : `  eta ${formatDuration(eta)}`
  return `${label} ${count(step)}/${count(total)}${when}${details(standing).join('')}`
}

function details({loss, lr, speed}: ProgressState): string[] {
  return [
    ...(loss === undefined ? [] : [`  loss ${loss.toFixed(4)}`]),
    ...(speed === undefined ? [] : [`  ${short(speed.perSecond)} ${speed.unit}/s`]),
    ...(lr === undefined ? [] : [`  lr ${lr.toExponential(2)}`]),
  ]
}

const short = (n: number) =>
  n < 10
    ? n.toPrecision(2)
    : n < 1000
      ? n.toFixed(0)
      : n < 1e6
        ? `${(n / 1000).toFixed(1)}k`
        : `${(n / 1e6).toFixed(1)}M`
