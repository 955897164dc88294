import {formatBytes} from '../base/format-bytes.ts'
import {escapeLine} from '../base/printable.ts'
import type {RunEvent} from '../recipes/events.ts'
import type {Recipe} from '../recipes/file/schema.ts'
import {epochScoreText} from '../results/score-text.ts'
import {speedUnit} from '../tasks/index.ts'
import {openProgress, type Progress, type ProgressOptions, type ProgressState} from '../terminal/progress.ts'
import {type ScreenStream, screenOn} from '../terminal/screen.ts'

/** Shows a run's events: progress as successive bars (download, factors, training, outputs), and each epoch's score as a line. */
export function openReporter(
  {name, task, train}: Pick<Recipe, 'name'> & Partial<Pick<Recipe, 'task' | 'train'>>,
  {stream, warn}: {readonly stream: ScreenStream; readonly warn: (text: string) => void},
) {
  const unit = speedUnit(task)
  const bars = openBars(stream, {name, scoresEpochs: train?.keep === 'best'})
  let trained = 0 // the steps of the whole training
  let last: ProgressState | undefined // after the last step

  return {
    onEvent(event: RunEvent): void {
      if (event.type === 'warning') warn(event.text)
      if (event.type === 'download') {
        bars.show('download', event.total, {count: formatBytes}).progress.update({step: event.done})
      }
      if (event.type === 'factors') bars.show('factors', event.total).progress.update({step: event.done})
      if (event.type === 'progress') bars.show(event.what, event.total).progress.update({step: event.done})
      if (event.type === 'training') {
        trained = event.steps
        bars.training(trained).update({step: event.from})
        if (event.from === trained) bars.endTraining()
      }
      if (event.type === 'step') {
        const {step, steps, loss, lr, tokens, seconds} = event.report
        trained = steps
        last = {step, loss, lr, speed: {perSecond: tokens / seconds, unit}}
        bars.training(steps).update(last)
      }
      if (event.type === 'microBatch') {
        const {step, done, total} = event
        bars.training(trained).update({...(last?.step === step ? last : {step}), microBatches: {done, total}})
      }
      if (event.type === 'epoch') {
        bars.close()
        screenOn(stream).note(escapeLine(epochText(event, trained, train?.epochs)))
        if (event.step === trained) bars.endTraining()
      }
      if (event.type === 'answers') {
        const bar = bars.show(`answer ${event.split}`, event.total)
        bar.tokens += event.tokens
        const perSecond = (1000 * bar.tokens) / (performance.now() - bar.began)
        bar.progress.update({step: event.done, speed: bar.tokens > 0 ? {perSecond, unit} : undefined})
      }
    },
    stop(): void {
      bars.close()
      bars.endTraining()
      screenOn(stream).clear()
    },
  }
}

interface Bar {
  readonly label: string
  readonly progress: Progress
  readonly began: number
  tokens: number
}

/** The bar of training, which waits while epochs are scored, and the bar of other work. */
function openBars(stream: ScreenStream, {name, scoresEpochs}: {readonly name: string; readonly scoresEpochs: boolean}) {
  let training: Progress | undefined
  let other: Bar | undefined

  const close = () => {
    other?.progress.stop()
    other = undefined
  }
  const endTraining = () => {
    training?.stop()
    training = undefined
  }
  return {
    close,
    endTraining,
    training(steps: number): Progress {
      close()
      training ??= openProgress({stream, total: steps, label: `train ${name}`})
      return training
    },
    show(label: string, total: number, options: Pick<ProgressOptions, 'count'> = {}): Bar {
      if (other?.label === label) return other
      close()
      if (!scoresEpochs) endTraining()
      const progress = openProgress({stream, total, label, passing: training !== undefined, ...options})
      other = {label, progress, began: performance.now(), tokens: 0}
      return other
    },
  }
}

/** `epoch 3/10: validation 45.0, the best so far`. */
function epochText(event: Extract<RunEvent, {type: 'epoch'}>, steps: number, epochs: number | undefined): string {
  const {step} = event
  const when =
    epochs === undefined || steps === 0 ? `step ${step}` : `epoch ${Math.round((step * epochs) / steps)}/${epochs}`
  return `${when}: ${epochScoreText(event)}`
}
