import {readdir} from 'node:fs/promises'
import {join} from 'node:path'
import {z} from 'zod'
import {parseObject} from '../../base/json.ts'
import {readText} from '../../base/read-text.ts'
import type {Row} from '../../results/row.ts'
import type {Losses} from '../figures/suite-curves.ts'

/** Reads the losses in the last checkpoint of a run; none without checkpoints, or where the last is not of the last step. */
export async function readLosses(folder: string, row: Row): Promise<Losses[]> {
  const checkpoints = join(folder, 'checkpoints')
  const names = await readdir(checkpoints).catch(() => [])
  const last = names
    .filter(name => /^step-\d+(-scored)?$/.test(name))
    .sort()
    .at(-1)
  if (last === undefined) return []
  const file = join(checkpoints, last, 'state.json')
  const text = await readText(file).catch(() => undefined)
  const {data} = State.safeParse(text === undefined ? undefined : parseObject(text, file))
  return data?.losses.length === row.steps ? [{row, losses: data.losses}] : []
}

const State = z.object({losses: z.array(z.number())})
