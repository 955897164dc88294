import {compact} from '../base/collections.ts'
import {escapeLine} from '../base/printable.ts'
import {epochScoreText, formatScore} from '../results/score-text.ts'
import {formatSpeed, type Speed} from '../terminal/progress.ts'
import type {LogEntry} from './run-log.ts'
import type {RunSummary} from './run-summary.ts'

/** `step   12/375  loss 0.7000  lr 1.77e-2  grad norm 1.38  8.7k tokens/s`. */
export function logLine(entry: LogEntry, unit: Speed['unit']): string {
  if ('score' in entry) return `step ${entry.step}: ${epochScoreText(entry)}`
  const {step, steps, loss, lr, gradNorm, tokens, seconds} = entry
  const of = steps === undefined ? '' : `/${steps}`
  return compact([
    `step ${String(step).padStart(String(steps ?? '').length)}${of}`,
    `loss ${loss.toFixed(4)}`,
    lr !== undefined && `lr ${lr.toExponential(2)}`,
    `grad norm ${gradNorm.toPrecision(3)}`,
    tokens && seconds ? formatSpeed({perSecond: tokens / seconds, unit}) : undefined,
  ]).join('  ')
}

/** The status of a run, in one line. */
export function stateLine({state, step, steps, score, problem}: RunSummary): string {
  const at = step === undefined ? '' : ` at step ${step}${steps === undefined ? '' : `/${steps}`}`
  const resumed = `${at}; svft run resumes it`
  const reason = problem === undefined ? '' : `: ${escapeLine(problem, 300)}`
  const line: Readonly<Record<RunSummary['state'], string>> = {
    done:
      score === undefined
        ? 'done'
        : `done: ${escapeLine(score.split)} ${formatScore(score.score, score.metric)} (${score.metric === 'inverse-perplexity' ? 'perplexity' : (score.metric ?? 'accuracy')}, n = ${score.n})`,
    running: `running${at}`,
    checkpointed: `checkpointed${resumed}`,
    pending: 'stopped before its first checkpoint; svft run starts it again',
    lost: `lost, its process died; saved${resumed}`,
    failed: `failed${at}${reason}`,
    unreadable: `unreadable${reason}`,
  }
  return line[state]
}
