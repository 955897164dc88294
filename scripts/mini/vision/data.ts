// Writes the images of the vision suite: `npx tsx scripts/mini/vision/data.ts`. The digits are part of this repository; the
// drawings for pre-training, 60 MB, go to a folder that git ignores.
import {mkdirSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {readDigits} from './digits.ts'
import {writeImages} from './images.ts'
import {pretraining} from './suite.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const data = join(root, 'configs/vision/mini/data')
const corpus = join(root, 'runs/vision-mini-pretraining')
mkdirSync(data, {recursive: true})
mkdirSync(corpus, {recursive: true})

const {train, test} = await readDigits()
await writeImages(join(data, 'train.parquet'), train)
await writeImages(join(data, 'test.parquet'), test)
await writeImages(join(corpus, 'train.parquet'), pretraining(1000))
await writeImages(join(corpus, 'test.parquet'), pretraining(16, 1000))
