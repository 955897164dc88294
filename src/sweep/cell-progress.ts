import {formatBytes} from '../base/format-bytes.ts'
import {escapeLine} from '../base/printable.ts'
import type {RunEvent} from '../recipes/events.ts'

/** The activity of a running cell, and the fraction of it that is done. */
export interface CellProgress {
  readonly text: string
  readonly fraction: number
}

/** The progress of a cell after an event of its run. Scoring and downloads show a count, but do not move the fraction. */
export function progressAfter(event: RunEvent, before: CellProgress = {text: '', fraction: 0}): CellProgress {
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
