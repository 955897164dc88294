import {join} from 'node:path'
import {readRecords} from '../../src/data/read-records.ts'
import {openTokenizer} from '../../src/tokenizer/tokenizer.ts'
import {differences, judgeBy, type Measure} from './measure.ts'

interface Line {
  readonly text: string
  readonly pair?: string
  readonly ids: readonly number[]
  readonly typeIds?: readonly number[]
  readonly decoded?: string
  readonly addSpecial: boolean
}

/** Compares each line's ids, the text of each token, and the decoded text. */
export async function check(folder: string): Promise<Measure[]> {
  const tokenizer = await openTokenizer(folder)
  const wrong = {ids: [] as string[], typeIds: [] as string[], decoded: [] as string[]}
  for (const [i, {fields}] of (await readRecords(join(folder, 'lines.jsonl'))).entries()) {
    const line = fields as unknown as Line
    const compare = (name: keyof typeof wrong, ours: unknown, theirs: unknown) => {
      const [found, wanted] = [ours, theirs].map(value => JSON.stringify(value))
      if (found !== wanted) wrong[name].push(`line ${i + 1}: ${found}, should be ${wanted}`)
    }
    const texts = line.pair ? ([line.text, line.pair] as const) : ([line.text] as const) // transformers ignores an empty pair
    const [{ids, typeIds}] = await tokenizer.encodePairs([texts], {special: line.addSpecial})
    compare('ids', ids, line.ids)
    if (line.typeIds) compare('typeIds', typeIds, line.typeIds)
    if (line.decoded !== undefined) compare('decoded', tokenizer.decode(line.ids), line.decoded)
  }
  const judge = judgeBy()
  return Object.entries(wrong).map(([name, lines]) => judge(name, differences(lines)))
}
