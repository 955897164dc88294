import {formatBytes} from '../base/format-bytes.ts'
import {escapeLine} from '../base/printable.ts'
import type {RunEvent} from '../recipes/events.ts'
import type {Recipe} from '../recipes/file/schema.ts'
import {epochScoreText} from '../results/score-text.ts'
import {speedUnit} from '../tasks/index.ts'
import {openProgress, type Progress, type ProgressOptions, type ProgressState} from '../terminal/progress.ts'
import {type ScreenStream, screenOn} from '../terminal/screen.ts'
import type {StepReport} from '../train/train.ts'

/** Shows a run's events: progress as successive bars (download, factors, training, outputs), and each epoch's score as a line. */
export function openReporter(recipe: ReportedRecipe, output: ReporterOutput) {
  const reporter = new Reporter(recipe, output)
  return {onEvent: (event: RunEvent) => reporter.show(event), stop: () => reporter.stop()}
}

type ReportedRecipe = Pick<Recipe, 'name'> & Partial<Pick<Recipe, 'task' | 'train'>>

interface ReporterOutput {
  readonly stream: ScreenStream
  readonly warn: (text: string) => void
}

interface Bar {
  readonly label: string
  readonly progress: Progress
  readonly began: number
  tokens: number
}

class Reporter {
  private readonly recipe: ReportedRecipe
  private readonly output: ReporterOutput
  /** The bar of training, which waits while epochs are scored. */
  private training: Progress | undefined
  /** The bar of other work. */
  private other: Bar | undefined
  /** The steps of the whole training. */
  private steps = 0
  /** The progress after the last step. */
  private last: ProgressState | undefined

  constructor(recipe: ReportedRecipe, output: ReporterOutput) {
    this.recipe = recipe
    this.output = output
  }

  show(event: RunEvent): void {
    if (event.type === 'warning') this.output.warn(event.text)
    if (event.type === 'download') {
      this.bar('download', event.total, {count: formatBytes}).progress.update({step: event.done})
    }
    if (event.type === 'factors') this.bar('factors', event.total).progress.update({step: event.done})
    if (event.type === 'progress') this.bar(event.what, event.total).progress.update({step: event.done})
    if (event.type === 'training') {
      this.steps = event.steps
      this.trainingBar().update({step: event.from})
      if (event.from === event.steps) this.endTraining()
    }
    if (event.type === 'step') this.showStep(event.report)
    if (event.type === 'microBatch') {
      const {step, done, total} = event
      this.trainingBar().update({...(this.last?.step === step ? this.last : {step}), microBatches: {done, total}})
    }
    if (event.type === 'epoch') {
      this.close()
      screenOn(this.output.stream).note(escapeLine(epochText(event, this.steps, this.recipe.train?.epochs)))
      if (event.step === this.steps) this.endTraining()
    }
    if (event.type === 'answers') this.showAnswers(event)
  }

  stop(): void {
    this.close()
    this.endTraining()
    screenOn(this.output.stream).clear()
  }

  private showStep({step, steps, loss, lr, tokens, seconds}: StepReport): void {
    this.steps = steps
    this.last = {step, loss, lr, speed: {perSecond: tokens / seconds, unit: speedUnit(this.recipe.task)}}
    this.trainingBar().update(this.last)
  }

  private showAnswers({split, done, total, tokens}: Extract<RunEvent, {type: 'answers'}>): void {
    const bar = this.bar(`answer ${split}`, total)
    bar.tokens += tokens
    const perSecond = (1000 * bar.tokens) / (performance.now() - bar.began)
    const speed = bar.tokens > 0 ? {perSecond, unit: speedUnit(this.recipe.task)} : undefined
    bar.progress.update({step: done, speed})
  }

  private trainingBar(): Progress {
    this.close()
    const {stream} = this.output
    this.training ??= openProgress({stream, total: this.steps, label: `train ${this.recipe.name}`})
    return this.training
  }

  private bar(label: string, total: number, options: Pick<ProgressOptions, 'count'> = {}): Bar {
    if (this.other?.label === label) return this.other
    this.close()
    if (this.recipe.train?.keep !== 'best') this.endTraining()
    const {stream} = this.output
    const progress = openProgress({stream, total, label, passing: this.training !== undefined, ...options})
    this.other = {label, progress, began: performance.now(), tokens: 0}
    return this.other
  }

  private close(): void {
    this.other?.progress.stop()
    this.other = undefined
  }

  private endTraining(): void {
    this.training?.stop()
    this.training = undefined
  }
}

/** `epoch 3/10: validation 45.0, the best so far`. */
function epochText(event: Extract<RunEvent, {type: 'epoch'}>, steps: number, epochs: number | undefined): string {
  const {step} = event
  const when =
    epochs === undefined || steps === 0 ? `step ${step}` : `epoch ${Math.round((step * epochs) / steps)}/${epochs}`
  return `${when}: ${epochScoreText(event)}`
}
