// Writes the sentences of the GLUE suite: `npx tsx scripts/mini/glue/data.ts`. Those for fine-tuning are part of this
// repository, in MRPC's own format; those for pre-training go to a folder that git ignores.
import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {makeFolders, writeJsonLines} from '../folders.ts'
import {type Pair, pretraining, SPLITS, type Split, tuning} from './suite.ts'

const {data, corpus} = makeFolders('glue')
const PRETRAINING = 128_000
const HELD = 1000

for (const split of Object.keys(SPLITS) as Split[]) writeFileSync(join(data, `${split}.tsv`), mrpc(tuning(split)))
const pairs = [...pretraining(PRETRAINING + HELD)]
writeJsonLines(join(corpus, 'train.jsonl'), pairs.slice(0, PRETRAINING))
writeJsonLines(join(corpus, 'test.jsonl'), pairs.slice(PRETRAINING))

function mrpc(pairs: readonly Pair[]): string {
  const lines = pairs.map(({premise, hypothesis, label}, i) =>
    [Number(label === 'equivalent'), 2 * i + 1, 2 * i + 2, premise, hypothesis].join('\t'),
  )
  return `${['Quality\t#1 ID\t#2 ID\t#1 String\t#2 String', ...lines].join('\n')}\n`
}
