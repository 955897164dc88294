import {formatBytes} from '../base/format-bytes.ts'
import {escapeLine} from '../base/printable.ts'
import type {RunEvent} from '../recipes/events.ts'
import type {Recipe} from '../recipes/file/schema.ts'
import {familyOf} from '../tasks/index.ts'
import {openProgress, type Progress, type ProgressOptions, type Speed} from '../terminal/progress.ts'
import {type ScreenStream, screenOn} from '../terminal/screen.ts'

export interface Reporter {
  onEvent(event: RunEvent): void
  stop(): void
}

/** Shows a run's events as progress, one bar after the other: factors, training, answers. The score of an epoch is a line. */
export function openReporter(
  {name, task, train}: Pick<Recipe, 'name'> & Partial<Pick<Recipe, 'task' | 'train'>>,
  {stream, warn}: {stream: ScreenStream; warn: (text: string) => void},
): Reporter {
  const unit: Speed['unit'] = task && familyOf(task) === 'vision' ? 'images' : 'tokens'
  let training: Progress | undefined
  let trained = 0
  let open: (Answering & {readonly label: string; readonly progress: Progress}) | undefined

  const close = () => {
    open?.progress.stop()
    open = undefined
  }
  const trainingOf = (steps: number): Progress => {
    close()
    trained = steps
    training ??= openProgress({stream, total: steps, label: `train ${name}`})
    return training
  }
  const endTraining = () => {
    training?.stop()
    training = undefined
  }
  /** While epochs are scored, the bar of training waits. */
  const show = (label: string, total: number, options: Pick<ProgressOptions, 'count'> = {}) => {
    if (open?.label === label) return open
    close()
    if (train?.keep !== 'best') endTraining()
    const passing = training !== undefined
    open = {
      label,
      progress: openProgress({stream, total, label, passing, ...options}),
      tokens: 0,
      began: performance.now(),
    }
    return open
  }

  return {
    onEvent(event) {
      if (event.type === 'warning') warn(event.text)
      if (event.type === 'download')
        show('download', event.total, {count: formatBytes}).progress.update({step: event.done})
      if (event.type === 'factors') show('factors', event.total).progress.update({step: event.done})
      if (event.type === 'training') {
        trainingOf(event.steps).update({step: event.from})
        if (event.from === event.steps) endTraining()
      }
      if (event.type === 'step') {
        const {step, steps, loss, lr, tokens, seconds} = event.report
        trainingOf(steps).update({step, loss, lr, speed: {perSecond: tokens / seconds, unit}})
      }
      if (event.type === 'progress') show(event.what, event.total).progress.update({step: event.done})
      if (event.type === 'epoch') {
        close()
        screenOn(stream).note(escapeLine(epochText(event, trained, train?.epochs)))
        if (event.step === trained) endTraining()
      }
      if (event.type === 'answers') {
        const shown = show(`answer ${event.split}`, event.total)
        shown.tokens += event.tokens
        const perSecond = (1000 * shown.tokens) / (performance.now() - shown.began)
        shown.progress.update({step: event.done, speed: shown.tokens > 0 ? {perSecond, unit} : undefined})
      }
    },
    stop() {
      close()
      endTraining()
      screenOn(stream).clear()
    },
  }
}

interface Answering {
  tokens: number
  readonly began: number
}

/** `epoch 3/10: validation 45.0, the best so far`. */
function epochText(
  {step, split, score, best}: Extract<RunEvent, {type: 'epoch'}>,
  steps: number,
  epochs: number | undefined,
): string {
  const when =
    epochs === undefined || steps === 0 ? `step ${step}` : `epoch ${Math.round((step * epochs) / steps)}/${epochs}`
  return `${when}: ${split} ${Number.isNaN(score) ? 'without a value' : (100 * score).toFixed(1)}${best ? ', the best so far' : ''}`
}
