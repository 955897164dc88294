import {z} from 'zod'
import {parseJsonIfValid} from '../../base/json.ts'
import type {ParquetTable} from './table.ts'

/**
 * The names of classes by column, in the order of their ids, which `datasets` writes into the metadata:
 * `{info: {features: {label: {names: […], _type: 'ClassLabel'}}}}`.
 */
export function classNames({notes}: Pick<ParquetTable, 'notes'>): ReadonlyMap<string, readonly string[]> {
  const {data} = METADATA.safeParse(parseJsonIfValid(notes.get('huggingface')))
  const named = Object.entries(data?.info.features ?? {}).flatMap(([column, feature]) => {
    const names = CLASS_LABEL.safeParse(feature).data?.names
    return names && new Set(names).size === names.length ? [[column, names] as const] : []
  })
  return new Map(named)
}

const METADATA = z.object({info: z.object({features: z.record(z.string(), z.unknown())})})

const CLASS_LABEL = z.object({names: z.array(z.string()).min(1)})
