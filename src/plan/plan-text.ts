import {compact} from '../base/collections.ts'
import {formatBytes} from '../base/format-bytes.ts'
import {displayPath} from '../base/paths.ts'
import {formatCount, pluralize} from '../base/pluralize.ts'
import type {PaperVersion} from '../paper/rows.ts'
import {PAPER_VERSIONS} from '../paper/versions.ts'
import {sumMemory} from '../recipes/memory/check-memory.ts'
import {listClasses} from '../tasks/custom/class-names.ts'
import {alignColumns} from '../terminal/align-columns.ts'
import {formatDuration, formatRate} from '../terminal/rate.ts'
import type {Rates} from './doctor/measure-rates.ts'
import {isLocal, missingBytes, missingOfUnknownSize, type RecipeInput} from './inputs.ts'
import {paramsText} from './params/params-text.ts'
import type {RunPlan} from './plan.ts'
import type {RunTime} from './run-time.ts'

/** Formats one plan for a terminal: its parameters, memory, missing inputs and time. */
export function planText(plan: RunPlan): string {
  const {classes, time, rates, refused} = plan
  const {svd, train} = time
  const lines = [
    ['memory', memoryText(plan)],
    ...(classes ? [['classes', listClasses(classes)]] : []),
    ...plan.parts.map(part => [part.here ? 'here' : 'missing', inputText(part)]),
  ]
  if (svd) {
    const weights = formatCount(svd.weights)
    lines.push(['decompose', `${weights} weights in ${formatDuration(svd.seconds)}, once for all recipes of the model`])
  }
  if (train) {
    const steps = `${formatCount(train.steps)} steps of ${stepText(train.stepSeconds)}`
    lines.push(['train', `${steps}: ${formatDuration(train.seconds)}`])
  }
  const scored = Object.entries(time.score).map(
    ([split, {examples, seconds}]) => `${split} ${formatCount(examples)} in ${formatDuration(seconds)}`,
  )
  if (scored.length > 0) lines.push(['score', scored.join(', ')])
  lines.push(['total', `${totalText(time)} on this machine's CPU, at ${speedText(rates)}`])
  if (time.unknown.length > 0) lines.push(['not included', `${time.unknown.join(', ')} (number of examples unknown)`])
  if (refused) lines.push(['refused', refused])
  return [paramsText(plan), ...alignColumns(lines, ['left', 'left'])].join('\n')
}

/** Formats several plans, a line each, then how many recipes and rows of the paper they are. */
export function plansText(plans: readonly RunPlan[], rows: Readonly<Record<PaperVersion, number>>): string {
  const lines = plans.map(({recipe, params, memory, parts, time, refused}) => [
    recipe,
    formatCount(params),
    formatBytes(sumMemory(memory)),
    missing(parts),
    refused ? 'too large' : totalText(time),
  ])
  const head = ['recipe', 'trainable', 'memory', 'to fetch', 'time']
  const table = alignColumns([head, ...lines], ['left', 'right', 'right', 'right', 'right'])
  return [...table, `${pluralize(plans.length, 'recipe')} planned${rowsText(plans, rows)}`].join('\n')
}

/** `, of 114 rows of arXiv v1 and 130 of NeurIPS 2024`, and for how many recipes other rows differ. */
function rowsText(plans: readonly RunPlan[], rows: Readonly<Record<PaperVersion, number>>): string {
  if (rows['arxiv-v1'] + rows.neurips2024 === 0) return ''
  const [preprint, published] = [PAPER_VERSIONS['arxiv-v1'].title, PAPER_VERSIONS.neurips2024.title]
  const counts = `, of ${pluralize(rows['arxiv-v1'], 'row')} of ${preprint} and ${rows.neurips2024} of ${published}`
  const others = plans.filter(({differingRows}) => differingRows.length > 0).length
  return others === 0 ? counts : `${counts}; for ${others} of them other rows print other values or labels: svft list`
}

function speedText({flopsPerSecond, bytesPerSecond, bf16FlopsPerSecond: bf16, isBusy}: Rates): string {
  const rate = bf16 === undefined ? formatRate(flopsPerSecond) : `${formatRate(bf16)} in bfloat16`
  const slow = isBusy ? ', or more: other programs keep the machine busy' : ''
  return `${rate} and ${(bytesPerSecond / 1e9).toFixed(1)} GB/s${slow}`
}

function memoryText({memory, momentaryBytes, otherProgramsBytes: others}: RunPlan): string {
  const {frozenBytes, convertedBytes, trainableBytes, workingBytes, processBytes} = memory
  const parts = compact([
    (convertedBytes === 0 || frozenBytes > 0) && `${formatBytes(frozenBytes)} frozen (mapped)`,
    convertedBytes > 0 && `${formatBytes(convertedBytes)} frozen (converted to bfloat16)`,
    `${formatBytes(trainableBytes)} trainable with gradients and moments`,
    `up to ${formatBytes(workingBytes)} per micro-batch`,
    processBytes > 0 && `${formatBytes(processBytes)} process`,
  ])
  const optional = compact([
    momentaryBytes !== undefined && `briefly up to ${formatBytes(momentaryBytes)}`,
    others > 0 && `up to ${formatBytes(others)} more for texts of other padded lengths`,
  ])
  const ifFree = optional.length === 0 ? '' : `; if that is free, ${optional.join(', and ')}`
  return `${formatBytes(sumMemory(memory))}: ${parts.join(', ')}${ifFree}`
}

/** The total time; of a run that is known in part a lower bound. */
const totalText = ({seconds, unknown}: RunTime) => `${unknown.length > 0 ? '> ' : ''}${formatDuration(seconds)}`

function inputText(part: RecipeInput): string {
  const name = isLocal(part) ? displayPath(part.name) : part.name
  const size = part.here || part.bytes === undefined ? '' : `, ${formatBytes(part.bytes)}`
  return `${name}${part.lacks ? `, its ${part.lacks}` : ''}${size}`
}

/** `5.0 GB`, `5.0 GB + ?` with files of unknown size; `–` if there is nothing to fetch. */
function missing(parts: readonly RecipeInput[]): string {
  const bytes = missingBytes(parts)
  const found = compact([bytes > 0 && formatBytes(bytes), missingOfUnknownSize(parts) > 0 && '?'])
  return found.join(' + ') || '–'
}

const stepText = (seconds: number) => (seconds < 10 ? `${seconds.toPrecision(2)} s` : formatDuration(seconds))
