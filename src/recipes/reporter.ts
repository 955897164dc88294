import {openProgress, type Progress} from '../report/progress.ts'
import type {RunEvent} from './events.ts'
import {megabytes} from './preview-text.ts'
import type {Recipe} from './schema.ts'

export interface Reporter {
  tell(event: RunEvent): void
  stop(): void
}

/** Shows a run's events as progress, one bar after the other: factors, training, answers. */
export function openReporter(
  recipe: Pick<Recipe, 'name'>,
  {stream, warn}: {stream: NodeJS.WritableStream & {readonly isTTY?: boolean}; warn: (text: string) => void},
): Reporter {
  let label = ''
  let progress: Progress | undefined
  let tokens = 0
  let began = 0

  const show = (next: string, total: number, count?: (n: number) => string): Progress => {
    if (progress && label === next) return progress
    progress?.stop()
    label = next
    began = performance.now()
    tokens = 0
    progress = openProgress({stream, total, label, ...(count ? {count} : {})})
    return progress
  }
  const speed = () => tokens / ((performance.now() - began) / 1000)

  return {
    tell(event) {
      if (event.type === 'warning') warn(event.text)
      if (event.type === 'download') show('download', event.total, megabytes).update({step: event.done})
      if (event.type === 'factors') show('factors', event.total).update({step: event.done})
      if (event.type === 'training') show(`train ${recipe.name}`, event.steps).update({step: event.from})
      if (event.type === 'step') {
        const {step, steps, loss, lr, tokens: read, seconds} = event.report
        show(`train ${recipe.name}`, steps).update({step, loss, lr, tokensPerSecond: read / seconds})
      }
      if (event.type === 'progress') show(event.what, event.total).update({step: event.done})
      if (event.type === 'epoch')
        progress?.note(
          `step ${event.step}: ${event.split} ${Number.isNaN(event.score) ? 'without a value' : (100 * event.score).toFixed(1)}${event.best ? ', the best so far' : ''}`,
        )
      if (event.type === 'answers') {
        const shown = show(`answer ${event.split}`, event.total)
        tokens += event.tokens
        shown.update({step: event.done, ...(tokens > 0 ? {tokensPerSecond: speed()} : {})})
      }
    },
    stop: () => progress?.stop(),
  }
}
