import {escapeLine} from '../base/printable.ts'
import {formatBar} from './format-bar.ts'
import {addSample, EMPTY_RATE, formatDuration, secondsLeft} from './rate.ts'
import {type Screen, type ScreenLine, type ScreenStream, screenOn} from './screen.ts'

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

/** Where the work stands: `step` of `total`, after a resume not from 0 on. */
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

/** Shows how work goes on: a bar on a terminal, otherwise one line at once, every 5 seconds and at the end. */
export function openProgress(options: ProgressOptions): Progress {
  const {stream, total, label, count = String, passing = false, clock = () => performance.now()} = options
  const began = clock()
  const shown = {screen: screenOn(stream), total, label: escapeLine(label), count, passing, clock, began}
  const view = shown.screen.live ? bar(shown) : lines(shown)
  let rate = EMPTY_RATE
  return {
    update(standing) {
      rate = addSample(rate, standing.step, clock())
      const eta = standing.eta ?? secondsLeft(rate, total)
      view.update({...standing, ...(eta === undefined || standing.step >= total ? {eta: undefined} : {eta})})
    },
    stop: () => view.stop(),
  }
}

type Shown = Required<Omit<ProgressOptions, 'stream'>> & {readonly screen: Screen; readonly began: number}
type Timed = Omit<ProgressState, 'eta'> & {readonly eta: number | undefined}
interface View {
  update(standing: Timed): void
  stop(): void
}

function lines(shown: Shown): View {
  const {screen, passing, clock} = shown
  let last: Timed | undefined
  let written: Timed | undefined
  let next = passing ? clock() + PLAIN_EVERY_MS : Number.NEGATIVE_INFINITY
  const write = (standing: Timed) => {
    written = standing
    next = clock() + PLAIN_EVERY_MS
    screen.note(text(standing, shown))
  }
  return {
    update(standing) {
      last = standing
      if (clock() >= next) write(standing)
    },
    stop() {
      if (last && last !== written && !passing) write(last)
    },
  }
}

function bar(shown: Shown): View {
  const {screen, passing} = shown
  let last: Timed | undefined
  return {
    update(standing) {
      last = standing
      screen.draw([lineOf(standing, shown)])
    },
    stop() {
      screen.clear()
      if (last && !passing) screen.note(text(last, shown))
    },
  }
}

/** `eta 1m24s  train ████░░░░ 4/10  loss 0.5000  lr 5.00e-2  1.2k tokens/s`, the first the last to be left out. */
function lineOf(standing: Timed, {label, total, count}: Shown): ScreenLine {
  const {step, eta} = standing
  return [
    {text: eta === undefined ? 'eta …' : `eta ${formatDuration(eta)}`, colour: 'bold'},
    `  ${label} ${count(step)}/${count(total)} `,
    {text: formatBar(total > 0 ? step / total : 1), colour: 'cyan'},
    ...details(standing),
  ]
}

/** The same without a bar; of what is done, how long it took. */
function text(standing: Timed, {label, total, count, clock, began}: Shown): string {
  const {step, eta} = standing
  const when =
    step >= total ? tookText((clock() - began) / 1000) : eta === undefined ? '' : `  eta ${formatDuration(eta)}`
  return `${label} ${count(step)}/${count(total)}${when}${details(standing).join('')}`
}

const tookText = (seconds: number) => (seconds < 1 ? '' : `  in ${formatDuration(seconds)}`)

function details({loss, lr, speed}: Timed): string[] {
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
