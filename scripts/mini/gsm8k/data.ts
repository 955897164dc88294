// Writes the mini suite's stories: `npx tsx scripts/mini/gsm8k/data.ts`. The fine-tuning splits are part of this repository;
// the pre-training corpus, 40 MB, goes to a folder that git ignores.
import {join} from 'node:path'
import {makeFolders, writeJsonLines} from '../folders.ts'
import {pretraining, testEntry, trainingEntry, tuning} from './suite.ts'

const {data, corpus} = makeFolders('gsm8k')

for (const [split, stories] of Object.entries(tuning())) {
  writeJsonLines(join(data, `${split}.jsonl`), stories.map(split === 'train' ? trainingEntry : testEntry))
}
writeJsonLines(join(corpus, 'pretraining.jsonl'), [...pretraining(240_000)].map(trainingEntry))
