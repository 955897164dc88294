// Writes the sentences of the GLUE suite: `npx tsx scripts/mini/glue/data.ts`. Those for fine-tuning are part of this
// repository, in MRPC's own format; those for pre-training go to a folder that git ignores.
import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {type Pair, pretraining, SPLITS, type Split, tuning} from './suite.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const data = join(root, 'configs/glue/mini/data')
const corpus = join(root, 'runs/glue-mini-pretraining')
const PRETRAINING = 128_000
const HELD = 1000

mkdirSync(data, {recursive: true})
mkdirSync(corpus, {recursive: true})
for (const split of Object.keys(SPLITS) as Split[]) writeFileSync(join(data, `${split}.tsv`), mrpc(tuning(split)))
const pairs = [...pretraining(PRETRAINING + HELD)].map(pair => `${JSON.stringify(pair)}\n`)
writeFileSync(join(corpus, 'train.jsonl'), pairs.slice(0, PRETRAINING).join(''))
writeFileSync(join(corpus, 'test.jsonl'), pairs.slice(PRETRAINING).join(''))

function mrpc(pairs: readonly Pair[]): string {
  const lines = pairs.map(({premise, hypothesis, label}, i) =>
    [Number(label === 'equivalent'), 2 * i + 1, 2 * i + 2, premise, hypothesis].join('\t'),
  )
  return `${['Quality\t#1 ID\t#2 ID\t#1 String\t#2 String', ...lines].join('\n')}\n`
}
