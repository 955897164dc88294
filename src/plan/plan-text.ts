import {formatBytes} from '../base/format-bytes.ts'
import {alignColumns} from '../terminal/align-columns.ts'
import {formatDuration} from '../terminal/rate.ts'
import type {RecipeInput} from './inputs.ts'
import {shortName} from './inputs.ts'
import {paramsText} from './params/text.ts'
import type {RunPlan} from './plan.ts'
import type {RunTime} from './run-time.ts'

/** One plan for a terminal: what trains, what it needs, what has to be fetched, how long it takes. */
export function planText(plan: RunPlan): string {
  const {memory, time, rates, refused} = plan
  const {svd, train, score} = time
  const scored = Object.entries(score).map(
    ([split, {examples, seconds}]) => `${split} ${count(examples)} in ${formatDuration(seconds)}`,
  )
  const lines: [string, string][] = [
    [
      'memory',
      `${formatBytes(memory.frozenBytes)} frozen, mapped; ${formatBytes(memory.trainableBytes)} θ, gradient and moments; up to ${formatBytes(memory.workingBytes)} for a micro-batch`,
    ],
    ...plan.parts.map(part => [part.here ? 'here' : 'missing', partText(part)] as [string, string]),
    ...(svd
      ? [
          [
            'decompose',
            `${count(svd.weights)} weights in ${formatDuration(svd.seconds)}, once for all recipes of the model`,
          ] as [string, string],
        ]
      : []),
    ...(train
      ? [
          [
            'train',
            `${count(train.steps)} steps of ${stepText(train.stepSeconds)}: ${formatDuration(train.seconds)}`,
          ] as [string, string],
        ]
      : []),
    ...(scored.length > 0 ? [['score', scored.join(', ')] as [string, string]] : []),
    [
      'together',
      `${together(time)} on this machine's CPU, at ${(rates.flopsPerSecond / 1e9).toFixed(0)} GFLOP/s and ${(rates.bytesPerSecond / 1e9).toFixed(1)} GB/s`,
    ],
    ...(time.unknown.length > 0
      ? [['without', `${time.unknown.join(', ')}: how many examples is not known`] as [string, string]]
      : []),
    ...(refused ? [['but', `cannot be trained here: ${refused}`] as [string, string]] : []),
  ]
  return [paramsText(plan), ...alignColumns(lines, ['left', 'left'])].join('\n')
}

/** Several plans: a line each. */
export function plansText(plans: readonly RunPlan[]): string {
  const rows = plans.map(({recipe, params, memory, parts, time, refused}) => [
    recipe,
    count(params),
    formatBytes(memory.frozenBytes + memory.trainableBytes + memory.workingBytes),
    missing(parts),
    refused ? 'too large' : together(time),
  ])
  const head = ['recipe', 'trainable', 'memory', 'to fetch', 'time']
  return alignColumns([head, ...rows], ['left', 'right', 'right', 'right', 'right']).join('\n')
}

/** Of a run that is known in part, at least. */
const together = ({seconds, unknown}: RunTime) => `${unknown.length > 0 ? '> ' : ''}${formatDuration(seconds)}`

const partText = (part: RecipeInput) =>
  `${shortName(part)}${part.lacks ? `, its ${part.lacks}` : ''}${part.here || part.bytes === undefined ? '' : `, ${formatBytes(part.bytes)}`}`

function missing(parts: readonly RecipeInput[]): string {
  const away = parts.filter(({here}) => !here)
  return away.length === 0 ? '–' : formatBytes(away.reduce((sum, {bytes = 0}) => sum + bytes, 0))
}

const stepText = (seconds: number) => (seconds < 10 ? `${seconds.toPrecision(2)} s` : formatDuration(seconds))
const count = (n: number) => n.toLocaleString('en')
