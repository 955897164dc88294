import {readFile} from 'node:fs/promises'
import {extname} from 'node:path'
import {findShards} from '../../parquet/shards.ts'
import {openTable} from '../../parquet/table.ts'
import type {Recipe} from '../schema.ts'
import {knownSize} from './sizes.ts'
import type {Counts} from './time.ts'

/** How many examples a recipe trains on and scores, by what is known of its sources or, of files that are here, by counting. */
export async function countsOf({data, train, evaluate}: Recipe, classes: number | undefined): Promise<Counts> {
  const {perClass, limit} = data
  const drawn = (perEach: number | undefined) => (perEach && classes ? perEach * classes : undefined)
  const splits = [...new Set([...(train?.keep === 'best' && train.keepBy ? [train.keepBy] : []), ...evaluate.splits])]
  const score = splits.map(async split => {
    if (split !== 'validation') return [split, least(await examplesIn(data.test[split]), limit?.test)] as const
    const {validation} = data
    const given = validation === undefined ? undefined : least(await examplesIn(validation), limit?.test)
    return [split, drawn(perClass?.validation) ?? given] as const
  })
  const given = async () => least(remaining(await examplesIn(data.train), train!.heldOut), limit?.train)
  return {
    train: train && (drawn(perClass?.train) ?? (await given())),
    score: Object.fromEntries(await Promise.all(score)),
  }
}

const remaining = (count: number | undefined, heldOut: number) => (count === undefined ? undefined : count - heldOut)

const least = (count: number | undefined, limit: number | undefined) =>
  count === undefined ? undefined : Math.min(count, limit ?? count)

/** Of a file that is not here, or cannot be read, nothing is known; whoever reads it in earnest tells why. */
async function examplesIn(source: string): Promise<number | undefined> {
  return knownSize(source)?.examples ?? COUNTED[extname(source)]?.(source).catch(() => undefined)
}

const COUNTED: Readonly<Record<string, (file: string) => Promise<number>>> = {
  '.json': async file => {
    const text = await readFile(file, 'utf8')
    return text.trimStart().startsWith('[') ? JSON.parse(text).length : linesOf(text)
  },
  '.jsonl': async file => linesOf(await readFile(file, 'utf8')),
  '.tsv': async file => linesOf(await readFile(file, 'utf8')),
  '.parquet': async path => {
    const tables = await Promise.all((await findShards(path)).map(openTable))
    return tables.flatMap(({groups}) => groups).reduce((sum, {rows}) => sum + rows, 0)
  },
}

const linesOf = (text: string) => text.split('\n').filter(line => line.trim() !== '').length
