// Writes the questions of the commonsense suite: `npx tsx scripts/mini/commonsense/data.ts`. Those for
// fine-tuning and tests are part of this repository; those for pre-training go to a folder that git ignores.
import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {makeFolders} from '../folders.ts'
import type {Entry} from './entry.ts'
import {pretraining, SPLITS, type Split, tuning} from './suite.ts'

const {data, corpus} = makeFolders('commonsense')

for (const split of Object.keys(SPLITS) as Split[]) write(data, `${split}.json`, tuning(split))
write(corpus, 'train.json', [...pretraining(48_000)])

/** Writes one JSON array, like commonsense-15K and its test sets. */
function write(folder: string, name: string, entries: readonly Entry[]): void {
  const objects = entries.map(entry => JSON.stringify(entry))
  writeFileSync(join(folder, name), `[\n${objects.join(',\n')}\n]\n`)
  console.error(`${name}: ${entries.length} entries`)
}
