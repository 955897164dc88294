import {METHODS} from '../../adapters/index.ts'
import {groupBy} from '../../base/collections.ts'
import {PAPER_MODELS, type PaperVersion} from '../../paper/rows.ts'
import {PAPER_VERSIONS, paperRows, VERSION_NAMES} from '../../paper/versions.ts'
import type {PlannedMemory} from '../../plan/paper-memory.ts'
import {sumMemory} from '../../recipes/memory/check-memory.ts'
import {paperLabel} from './labels.ts'
import {cells, left, right, type TextTable} from './text-table.ts'

/** The memory that the paper prints for a row, beside the memory that svft plans for its recipe. */
export interface ComparedMemory extends PlannedMemory {
  readonly printedGb: number
  readonly plannedGb: number
  /** Printed to planned. */
  readonly ratio: number
  /** The printed and the planned memory, each relative to that of the first LoRA row of the same table and model. */
  readonly toLora: {readonly printed: number; readonly planned: number} | undefined
}

/** Compares each row with its plan, and with LoRA in its table. */
export function compareMemory(all: readonly PlannedMemory[]): ComparedMemory[] {
  return [...groupBy(all, ({row}) => `${row.table} ${row.model}`).values()].flatMap(rows => {
    const lora = rows.find(({row}) => row.method.method === BASELINE)
    return rows.map(one => {
      const [printedGb, plannedGb] = [printedOf(one), plannedOf(one)]
      const toLora = lora && {printed: printedGb / printedOf(lora), planned: plannedGb / plannedOf(lora)}
      return {...one, printedGb, plannedGb, ratio: printedGb / plannedGb, toLora}
    })
  })
}

/** The method whose memory that of the others is relative to. */
const BASELINE = 'lora'
const {label} = METHODS[BASELINE]

const printedOf = ({row}: PlannedMemory) => row.memoryGb ?? Number.NaN
const plannedOf = ({memory}: PlannedMemory) => sumMemory(memory) / 1e9

const COLUMNS = [
  ...['Printed', 'Planned', 'Printed/planned'],
  ...['Weights', 'Trainable', 'Micro-batch'],
  ...[`Printed/${label}`, `Planned/${label}`],
]

/** The printed beside the planned memory, a table for each table of the paper that prints memory. */
export function memoryTables(all: readonly ComparedMemory[]): TextTable[] {
  return [...groupBy(all, ({row}) => row.table)].map(([table, rows]) => ({
    id: `table-${table}-memory`,
    title: `Table ${table}, GPU memory in GB: printed, and planned by svft for bfloat16`,
    head: [...['Method', 'Model', 'Modules'].map(left), ...COLUMNS.map(right)],
    rows: rows.map(({row, printedGb, plannedGb, ratio, toLora, memory}) =>
      cells(
        paperLabel(row.method),
        PAPER_MODELS[row.model].title,
        [...(row.modules ?? '')].join(','),
        printedGb.toFixed(2),
        plannedGb.toFixed(2),
        ratio.toFixed(2),
        gigabytes(memory.frozenBytes + memory.convertedBytes),
        gigabytes(memory.trainableBytes),
        gigabytes(memory.workingBytes),
        toLora?.printed.toFixed(2) ?? '',
        toLora?.planned.toFixed(2) ?? '',
      ),
    ),
    notes: [assumptionNote(rows), NOT_FITTED],
  }))
}

const gigabytes = (bytes: number) => (bytes / 1e9).toFixed(2)

/** The assumption that the plans rest on, with the micro-batch and the tokens of the recipes. */
function assumptionNote(rows: readonly PlannedMemory[]): string {
  const shapes = new Set(rows.map(({microBatch, tokens}) => `a micro-batch of ${microBatch} × ${tokens} tokens`))
  const recomputed = rows.filter(({recompute}) => recompute)
  const checkpointing =
    recomputed.length === 0
      ? 'no gradient checkpointing'
      : recomputed.length === rows.length
        ? 'gradient checkpointing (train.recompute)'
        : `gradient checkpointing (train.recompute) in ${recomputed.map(({recipe}) => recipe).join(', ')} alone`
  return `Planned = weights + trainable + micro-batch, for ${[...shapes].join(' or ')}, as in the recipes, weights and activations in bfloat16, ${checkpointing}, trainable parameters with their gradients and both moments in float32, thin U and V; GB are 10⁹ bytes.`
}

const NOT_FITTED = `The paper states neither batch, sequence length, precision, checkpointing nor unit, and measures PyTorch on a GPU; the plan is of svft’s own programs, and is not fitted to the printed values. Printed/${label} and planned/${label} are relative to the first ${label} row of the same model, where a part of what is not stated cancels out.`

/** Where the paper prints GPU memory, for a report of a version that prints none; undefined for the version that does. */
export function memoryHint(version: PaperVersion): string | undefined {
  const tablesOf = (one: PaperVersion) => [
    ...new Set(paperRows(one).flatMap(({table, memoryGb}) => (memoryGb === undefined ? [] : table))),
  ]
  const printing = VERSION_NAMES.find(one => tablesOf(one).length > 0)
  if (printing === undefined || tablesOf(version).length > 0) return undefined
  const [title, other] = [PAPER_VERSIONS[version].title, PAPER_VERSIONS[printing].title]
  const tables = new Intl.ListFormat('en-GB').format(tablesOf(printing).map(String))
  return `${title} prints no GPU memory. ${other} prints it in tables ${tables}: svft report --version ${printing} shows it beside the memory that svft plans.`
}
