// Writes the images of the vision suite: `npx tsx scripts/mini/vision/data.ts`. The digits are part of this repository; the
// drawings for pre-training, 60 MB, go to a folder that git ignores.
import {join} from 'node:path'
import {makeFolders} from '../folders.ts'
import {readDigits} from './digits.ts'
import {writeImages} from './images.ts'
import {pretraining} from './suite.ts'

const {data, corpus} = makeFolders('vision')

const {train, test} = await readDigits()
await writeImages(join(data, 'train.parquet'), train)
await writeImages(join(data, 'test.parquet'), test)
await writeImages(join(corpus, 'train.parquet'), pretraining(1000))
await writeImages(join(corpus, 'test.parquet'), pretraining(16, 1000))
