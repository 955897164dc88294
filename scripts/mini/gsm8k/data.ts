// Writes the mini suite's stories: `npx tsx scripts/mini/gsm8k/data.ts`. The fine-tuning splits are part of this repository;
// the pre-training corpus, 40 MB, goes to a folder that git ignores.
import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {type Entry, pretraining, testEntry, trainingEntry, tuning} from './suite.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const data = join(root, 'configs/gsm8k/mini/data')
const corpus = join(root, 'runs/gsm8k-mini-pretraining')

for (const [split, stories] of Object.entries(tuning())) {
  write(data, `${split}.jsonl`, stories.map(split === 'train' ? trainingEntry : testEntry))
}
write(corpus, 'pretraining.jsonl', [...pretraining(240_000)].map(trainingEntry))

function write(folder: string, name: string, entries: readonly Entry[]): void {
  mkdirSync(folder, {recursive: true})
  writeFileSync(join(folder, name), entries.map(entry => `${JSON.stringify(entry)}\n`).join(''))
  console.error(`${name}: ${entries.length} entries`)
}
