import cliProgress from 'cli-progress'
import {inline} from '../text/printable.ts'
import {duration, noRate, secondsLeft, tell} from './rate.ts'

const PLAIN_EVERY_MS = 5000
const BAR = 24

export interface ProgressOptions {
  /** Where to draw: a bar on a terminal, lines anywhere else. */
  readonly stream: NodeJS.WritableStream & {readonly isTTY?: boolean}
  readonly total: number
  readonly label: string
  /** How a count is written: bytes, for people, are megabytes. */
  readonly count?: (n: number) => string
  /** Milliseconds from any fixed moment. */
  readonly clock?: () => number
}

/** Where the work stands: `step` of `total`, after a resume not from 0 on. */
export interface Standing {
  readonly step: number
  readonly loss?: number
  readonly lr?: number
  readonly tokensPerSecond?: number
  /** Seconds left, for those who know better than the rate of steps. */
  readonly eta?: number
}

export interface Progress {
  update(standing: Standing): void
  /** Says something without disturbing the bar. */
  note(text: string): void
  /** Draws the last standing and lets go of the stream; belongs in a `finally`. */
  stop(): void
}

/** Shows how work goes on: a bar on a terminal, otherwise one line at once, every 5 seconds and at the end. */
export function openProgress(options: ProgressOptions): Progress {
  const {stream, total, label, count = String, clock = () => performance.now()} = options
  const shown = {stream, total, label: inline(label), count, clock}
  const view = stream.isTTY ? bar(shown) : lines(shown)
  let rate = noRate
  return {
    update(standing) {
      rate = tell(rate, standing.step, clock())
      view.update({...standing, eta: standing.eta ?? secondsLeft(rate, total)})
    },
    note: text => view.note(inline(text)),
    stop: () => view.stop(),
  }
}

function lines({stream, total, label, count, clock}: Required<ProgressOptions>): Progress {
  let last: Standing | undefined
  let written: Standing | undefined
  let next = Number.NEGATIVE_INFINITY
  const write = (standing: Standing) => {
    written = standing
    next = clock() + PLAIN_EVERY_MS
    stream.write(`${label} ${count(standing.step)}/${count(total)}${details(standing)}\n`)
  }
  return {
    update(standing) {
      last = standing
      if (clock() >= next) write(standing)
    },
    note: text => stream.write(`${text}\n`),
    stop() {
      if (last && last !== written) write(last)
    },
  }
}

function bar({stream, total, label, count}: Required<ProgressOptions>): Progress {
  const bars = new cliProgress.MultiBar({
    stream,
    format: (_options, {progress, value}, {shown}: {shown: string}) => {
      const full = Math.round(progress * BAR)
      return `${label} ${'█'.repeat(full)}${'░'.repeat(BAR - full)} ${count(value)}/${count(total)}${shown}`
    },
    fps: 5,
    linewrap: true, // cuts the bar to the terminal's width instead of changing the terminal's mode
    hideCursor: false, // a killed process could not give it back
    gracefulExit: false, // signals are the command's
  })
  const one = bars.create(total, 0, {shown: ''})
  return {
    update: standing => one.update(standing.step, {shown: details(standing)}),
    note: text => bars.log(`${text}\n`),
    stop() {
      bars.update() // notes are only written with the next drawing
      bars.stop()
    },
  }
}

function details({loss, lr, tokensPerSecond, eta}: Standing): string {
  return [
    ...(loss === undefined ? [] : [`loss ${loss.toFixed(4)}`]),
    ...(lr === undefined ? [] : [`lr ${lr.toExponential(2)}`]),
    ...(tokensPerSecond === undefined ? [] : [`${short(tokensPerSecond)} tokens/s`]),
    ...(eta === undefined ? [] : [`eta ${duration(eta)}`]),
  ]
    .map(part => `  ${part}`)
    .join('')
}

const short = (n: number) =>
  n < 1000 ? n.toFixed(0) : n < 1e6 ? `${(n / 1000).toFixed(1)}k` : `${(n / 1e6).toFixed(1)}M`
