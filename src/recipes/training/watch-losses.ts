import {sum} from '../../base/collections.ts'
import type {TrainState} from '../../train/state.ts'
import type {StepReport} from '../../train/train.ts'
import type {Events} from '../events.ts'

/**
 * Reports each step, and warns once of either sign that a run learns nothing while all its values are finite, as norms and
 * the softmax keep them at any learning rate: a gradient of exactly 0, or losses far above the first.
 */
export function watchLosses({step, warn}: Pick<Events, 'step' | 'warn'>, before?: Pick<TrainState, 'losses'>) {
  const losses = [...(before?.losses ?? [])]
  const warned = {still: false, risen: false}
  return (report: StepReport): void => {
    step(report)
    losses.push(report.loss)
    if (report.gradNorm === 0 && !warned.still) {
      warned.still = true
      warn(
        `step ${report.step}: the gradient is 0, so nothing is learned; a learning rate below ${rate(report)} may help`,
      )
    }
    const recent = sum(losses.slice(-RECENT)) / RECENT
    if (warned.risen || losses.length <= RECENT || recent <= FAR * losses[0] + MARGIN) return
    warned.risen = true
    warn(
      `step ${report.step}: the loss has risen: its mean over the last ${RECENT} steps is ${recent.toPrecision(3)}, and in the ` +
        `first step it was ${losses[0].toPrecision(3)}; a learning rate below ${rate(report)} or a longer warm-up may help`,
    )
  }
}

const rate = ({lr}: StepReport) => lr.toExponential(2)

/** Losses that are averaged: one of a hard batch is no rise. */
const RECENT = 8

/** A mean loss above FAR · the first loss + MARGIN is far above it; MARGIN for a first loss close to 0. */
const FAR = 1.5
const MARGIN = 0.5
